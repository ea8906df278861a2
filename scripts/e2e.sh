#!/usr/bin/env bash
# End-to-end checks of the built command line: what a person types, and what comes back. Needs `npm run build`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source scripts/e2e/checks.sh

# refuses NAME CODE PATTERN ARGUMENT...: exit code and message, one line without a stack trace.
refuses() {
  local name=$1 code=$2 pattern=$3
  shift 3
  samplewire "$@" >"$work/out" 2>"$work/err"
  local found=$?
  if [[ $found == "$code" ]] && cat "$work/out" "$work/err" | grep -Eq -- "$pattern" && ! grep -Eq '^ +at ' "$work/err"; then
    pass "$name"
  else
    fail "$name: exit code $found, expected $code and /$pattern/"
  fi
}

echo 'The demo, without a terminal'
if npm run --silent demo </dev/null >"$work/out" 2>"$work/err" && [[ $(wc -m <"$work/out") -gt 100 ]] && grep -q 'NFE' "$work/err"; then
  pass 'npm run demo'
else
  fail 'npm run demo'
fi

echo 'Every pipeline on both shipped models'
for model in tinyshakespeare-absorb tinyshakespeare-uniform; do
  for file in pipelines/*.json; do
    name=$(basename "$file" .json)
    mapfile -t settings < <(node -e '
      const { params = {} } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
      const wanted = ["steps=4", "blockSize=8", "arTokens=5"].filter((each) => Object.hasOwn(params, each.split("=")[0]));
      for (const each of wanted) console.log(`--set\n${each}`);
    ' "$file")
    # `ar` writes all tokens one by one.
    if [[ $name == ar ]]; then settings=(); fi
    if grep -q '"source": "canvas"' "$file"; then settings+=(--source 'O, speak again, bright angel!'); fi
    if [[ $name == first-hitting && $model == *-uniform ]]; then
      refuses "$name on $model" 2 'is for absorbing noise' run "$name" --model "$model"
      continue
    fi
    if samplewire run "$name" --model "$model" --length 29 --rows 2 --seed 1 --format jsonl "${settings[@]}" \
      >"$work/$model-$name.jsonl" 2>"$work/err" &&
      node scripts/e2e/check-rows.mjs "$name" "$work/$model-$name.jsonl" 29 2>>"$work/err"; then
      pass "$name on $model"
    else
      fail "$name on $model"
      cat "$work/err"
    fi
  done
done

echo 'Seeds, prompts and schedules'
again() { samplewire run arpc --length 29 --rows 2 --format jsonl --set steps=4 --set blockSize=8 "$@" 2>"$work/err"; }
again --seed 1 >"$work/again"
check 'the same seed gives the same rows' cmp "$work/again" "$work/tinyshakespeare-absorb-arpc.jsonl"
again --seed 2 >"$work/other"
if cmp -s "$work/again" "$work/other"; then fail 'another seed gives other rows'; else pass 'another seed gives other rows'; fi
samplewire run arpc --length 29 --format jsonl --set steps=4 --set blockSize=8 --seed 1 >"$work/alone" 2>"$work/err"
check 'a row is the same alone and beside another' cmp "$work/alone" <(head -n 1 "$work/again")
again --prompt 'ROMEO:' --set warmup=1 --set guideEvery=2 --rows 1 >"$work/prompted"
check 'a prompt is kept, guided steps are counted' node -e '
  const { text, nfe } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  if (!text.startsWith("ROMEO:") || nfe.diffusion !== 12 || nfe.ar !== 3) throw new Error(JSON.stringify({ text, nfe }));
' "$work/prompted"

echo 'Models in the published layout'
small=(--hidden 32 --layers 2 --heads 4 --condition 16 --length 64)
node --import tsx scripts/random-checkpoint.ts "$work/small/uniform" "${small[@]}" --vocabulary 422 >"$work/out"
samplewire run block-ancestral --model "$work/small/uniform" --tokenizer test/fixtures/tokenizers/gpt2-like \
  --prompt 'two 🦩🦩' --length 48 --set steps=2 --format jsonl >"$work/tokenized" 2>"$work/err"
check 'a tokenizer that is named gives text, and a BOS that is not seen' node -e '
  const { tokens, text } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  if (tokens[0] !== 420 || !text.startsWith("two 🦩🦩")) throw new Error(JSON.stringify({ tokens, text }));
' "$work/tokenized"
node --import tsx scripts/random-checkpoint.ts "$work/small/ar" "${small[@]}" --vocabulary 422 --type dit --condition 0 >"$work/out"
check 'the autoregressive baseline decodes' samplewire run ar --model "$work/small/ar" \
  --tokenizer test/fixtures/tokenizers/gpt2-like --length 32 --format text
refuses 'it takes one position at a time' 2 'one token at a time' run arpc --model "$work/small/ar" --prompt-tokens 1,2
refuses 'a tokenizer of another vocabulary' 2 'tokenizer has 420 ids, but the model has 422' \
  run arpc --model "$work/small/uniform" --tokenizer test/fixtures/tokenizers/smollm-like
if node scripts/e2e/published-size.mjs "$work" >"$work/out" 2>"$work/err"; then
  pass "170M parameters: $(cat "$work/out")"
else
  fail '170M parameters'
fi

samplewire run infill --infill 'ROMEO: {{6}} love {{3}}' --rows 2 --format jsonl >"$work/infilled" 2>"$work/err"
check 'given tokens stay where they are' node -e '
  for (const line of require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n")) {
    const { text, nfe, given, promptLength } = JSON.parse(line);
    if (!/^ROMEO: [^]{6} love [^]{3}$/.test(text)) throw new Error(text);
    if (nfe.total !== 9 || promptLength !== 7 || given.join() !== "13,14,15,16,17,18") throw new Error(line);
  }
' "$work/infilled"
printf 'O, speak again, bright angel!' >"$work/source.txt"
check 'an edit of strength 0 gives its source back' cmp "$work/source.txt" \
  <(samplewire run edit --source-file "$work/source.txt" --set strength=0 --format jsonl 2>"$work/err" |
    node -e 'process.stdout.write(JSON.parse(require("fs").readFileSync(0, "utf8")).text)')

echo 'Checking, drawing, verifying'
check 'check accepts every shipped pipeline' samplewire check pipelines/*.json
sed 's/"blocks.canvas"/"blocs.canvas"/; s/"kv-commit"/"kv-comit"/' pipelines/arpc.json >"$work/broken.json"
refuses 'check lists every fault' 2 'broken.json: [2-9] faults' check "$work/broken.json"
check 'faults have places and suggestions' grep -Eq '\(line [0-9]+, column [0-9]+\).*did you mean "kv-commit"' <(samplewire check "$work/broken.json")
printf '{ "format": 1,\n' >"$work/cut.json"
refuses 'check names line and column of broken JSON' 2 'line 2, column 1' check "$work/cut.json"
check 'verify passes every fixture' samplewire verify test/fixtures/parity/*/
check 'and on WebAssembly' samplewire verify test/fixtures/parity/*/ --backend wasm
check 'nodes lists the kinds' grep -q '^remask: ' <(samplewire nodes)
check 'nodes --json is JSON' node -e 'JSON.parse(require("fs").readFileSync(0, "utf8"))' < <(samplewire nodes --json)
check 'draw draws' grep -q '^flowchart ' <(samplewire draw pipelines/arpc.json)
check 'npx finds it in the clone' npx --no-install samplewire --version

echo 'The cookbook'
check 'every file and command of docs/cookbook.md' node scripts/e2e/cookbook.mjs

echo 'Backends'
quick=(run arpc --length 32 --set steps=2 --set blockSize=8 --rows 4 --format jsonl)
for flags in '--precision int8' '--precision int4 --threads 1' '--backend wasm'; do
  read -ra words <<<"$flags"
  check "rows with $flags" samplewire "${quick[@]}" "${words[@]}"
done
samplewire "${quick[@]}" --seed 3 >"$work/free" 2>"$work/err"
samplewire "${quick[@]}" --seed 3 --max-rows 1 --max-cache 1MB >"$work/waiting" 2>"$work/err"
check 'rows that wait for room are the same' cmp "$work/free" "$work/waiting"
check 'rows on the backend that is fastest here' rows auto
samplewire doctor --json --model tinyshakespeare-absorb >"$work/doctor" 2>"$work/err"
check 'the doctor finds what runs everywhere in order' node -e '
  const { backends } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  const sound = (name) => backends.some((each) => each.backend === name && each.status === "verified");
  process.exit(["onnx", "wasm"].every(sound) ? 0 : 1);
' "$work/doctor"
refuses 'a cache too small for one row' 2 'a length of at most' "${quick[@]}" --max-cache 100kB
refuses 'a precision that a backend has not' 2 'wasm computes in fp32; int8 is for' "${quick[@]}" --backend wasm --precision int8
refuses 'a size that is none' 2 'as in 512MB' "${quick[@]}" --max-cache lots

echo 'Bad input'
echo 'await new Promise(() => {});' >"$work/endless.mjs"
refuses 'a module that never finishes loading' 2 'waits for something that never comes' nodes --import "$work/endless.mjs"
short=(--length 16 --format text)
refuses 'a pipeline that is not there' 2 'no file nowhere.json' run nowhere.json
refuses 'a model that is not there' 2 'no folder nowhere' run arpc --model nowhere
refuses 'an unknown parameter' 2 'no parameter "stps".*did you mean "steps"' run arpc "${short[@]}" --set stps=3
refuses 'a parameter out of bounds' 2 '"steps" cannot be 0' run arpc "${short[@]}" --set steps=0
refuses 'a prompt with unknown characters' 2 'does not know "é"' run arpc "${short[@]}" --prompt 'Café'
refuses 'a prompt longer than the row' 2 'leaves nothing to generate' run arpc "${short[@]}" --prompt 'ROMEO: O, where art thou?'
refuses 'a hole without a number' 2 'as in --infill' run infill "${short[@]}" --infill 'a {{}} b'
refuses 'a hole longer than the row' 2 'does not fit a row of 16' run infill "${short[@]}" --infill 'ROMEO: {{20}} love'
refuses 'holes beside a prompt' 2 'give one of them' run infill "${short[@]}" --infill 'a {{3}}' --prompt a
refuses 'a source that nobody takes' 2 'starts from no text' run arpc "${short[@]}" --source a
refuses 'no source where one is needed' 2 'starts from a text' run edit "${short[@]}"
refuses 'a length beyond the model' 2 'length must be an integer from 1 to' run arpc --length 100000
refuses 'an unknown flag' 2 'unknown option' run arpc --sede 1
refuses 'an unknown command' 2 'unknown command' rum
cp -r test/fixtures/parity/blockgen-absorb-causal "$work/cut-absorb"
truncate -s 1000 "$work/cut-absorb/model.safetensors"
refuses 'a truncated checkpoint' 2 'model.safetensors' run arpc --model "$work/cut-absorb"
refuses 'AR scoring where clean tokens are not causal' 2 'causal' run arpc --model test/fixtures/parity/blockgen-absorb-blockcausal
check 'an untrained block size is a warning' grep -q 'warning:.*block size 3' <(samplewire run arpc "${short[@]}" --set blockSize=3 2>&1)

echo 'Stopping'
samplewire run ar --format events 2>"$work/err" | head -n 3 >"$work/out"
if [[ ${PIPESTATUS[0]} == 0 && ! -s $work/err ]]; then pass 'a reader that had enough ends it quietly'; else
  fail 'a reader that had enough ends it quietly'
  cat "$work/err"
fi
if [[ -e /dev/full ]]; then
  samplewire nodes >/dev/full 2>"$work/err"
  code=$?
  if [[ $code == 1 ]] && grep -q 'cannot be written' "$work/err"; then pass 'a full disk is an error'; else fail "a full disk is an error: exit code $code"; fi
fi
node scripts/e2e/interrupt.mjs >"$work/out" 2>&1 && pass 'Ctrl-C keeps what was written' || {
  fail 'Ctrl-C keeps what was written'
  cat "$work/out"
}

# util-linux's `script` gives the show a terminal of its own.
if script --version 2>/dev/null | grep -q util-linux; then
  echo 'The show'
  env TERM=xterm-256color COLUMNS=80 LINES=24 script -qefc 'stty cols 80 rows 24; node dist/cli/main.js run arpc --length 64 --speed 0' "$work/show" >/dev/null </dev/null
  code=$?
  check 'the show ends with the text, the figures and the cursor' node scripts/e2e/check-show.mjs "$work/show" "$code"
fi

finish
