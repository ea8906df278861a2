#!/usr/bin/env bash
# What libtensorflow has to do right, wherever the backend finds it: parity, the tests that are skipped without it, exact distributions
# of samplers on its operations, decoding, and training that goes on where it stopped. Needs `npm run build`; where libtensorflow is not
# installed it is skipped, or with `--require` fails.
#
# On a processor this shows that the operations, their gradients and the binding are right. Of a GPU it shows neither that CUDA's kernels
# compute the same (verify does, there) nor their speed or memory (`npm run bench -- gpu`).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/e2e/checks.sh

found=$(node --input-type=module -e '
  const { findTensorflow } = await import("./dist/models/tfjs/loading/find-tensorflow.js");
  const { candidates, looked } = findTensorflow();
  if (candidates.length === 0) console.error(looked.join("; "));
  else console.log(candidates[0].entry);
' 2>"$work/looked") || skip "it is not known where libtensorflow is looked for; npm run build first"
[[ -n $found ]] || skip "libtensorflow is not installed ($(cat "$work/looked")): npx samplewire install tensorflow"
echo "On libtensorflow, $(dirname "$found")"

check 'parity, every case' samplewire verify test/fixtures/parity/*/ --backend tensorflow
check 'tests that are skipped without it' tests --project samplewire -t tensorflow \
  test/models/verify.test.ts test/models/two-backends.test.ts test/models/tfjs/loading
export SAMPLEWIRE_TEST_TENSORS=tensorflow
check 'questions answered by its operations' tests --project samplewire test/models/tfjs/device/oracle.test.ts
check 'exact distributions of samplers' tests --project 'device questions' \
  test/runtime/distributions/{absorbing,uniform,truncated,confidence-absorbing}.test.ts
check 'rows by arpc' rows tensorflow
check 'rows by arpc, uniform noise' rows tensorflow --model tinyshakespeare-uniform

check 'training steps' train tensorflow run --steps 4
check 'training goes on where it stopped' train tensorflow run --steps 8 --resume
check 'training that never stopped' train tensorflow unbroken --steps 8
check 'both end with the same weights' cmp "$work/run/model.safetensors" "$work/unbroken/model.safetensors"
check 'what was trained decodes' rows tensorflow --model "$work/run"
finish
