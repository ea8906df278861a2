#!/usr/bin/env bash
# What WebGPU has to do right by Dawn and by ONNX Runtime, on the device that is here or one in software: parity, decoding, training, the
# doctor's word on it, and the GPU benchmark at a tiny size. Needs `npm run build`; where there is no device it is skipped, or with
# `--require` fails.
#
# A device in software runs the same shaders through the same Vulkan calls as a card: this shows that they compute what they should,
# but no card's driver, speed, memory or 16-bit numbers.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/e2e/checks.sh

adapter() {
  node --input-type=module -e '
    const { create } = await import("webgpu");
    const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
    if (adapter === null) process.exit(1);
    console.log(`${adapter.info.description || adapter.info.vendor}${adapter.info.isFallbackAdapter ? ", in software" : ""}`);
    process.exit();
  ' 2>/dev/null
}
device=$(adapter)
if [[ -z $device ]]; then
  # Where packages of Chromium and Chrome put SwiftShader.
  for icd in /usr/lib/chromium /usr/lib/chromium-browser /usr/lib64/chromium-browser /opt/google/chrome; do
    [[ -e $icd/vk_swiftshader_icd.json ]] || continue
    export VK_ICD_FILENAMES=$icd/vk_swiftshader_icd.json
    device=$(adapter) && break
  done
fi
[[ -n $device ]] || skip 'there is no WebGPU device here: it takes a graphics driver for Vulkan, or SwiftShader, which comes with Debian'"'"'s chromium, and libvulkan1'
echo "On WebGPU, $device"

# column BACKEND: its column of the table has a figure for every case. (Labels have blanks in them: columns count from the right.)
column() {
  awk -v backend="$1" '
    NR == 1 { for (i = 1; i <= NF; i += 1) if ($i == backend) right = NF - i; next }
    NF == 0 { exit }
    { cases += 1; if ($(NF - right) == "-") missing += 1 }
    END { exit right == "" || cases == 0 || missing > 0 }
  ' "$work/table"
}
check 'parity, every case on every backend that is here' samplewire verify test/fixtures/parity/*/ --backend all
cp "$work/out" "$work/table"
cat "$work/table"
for backend in webgpu onnx-webgpu; do
  check "$backend: parity, every case" column $backend
  check "$backend: rows by arpc" rows $backend
done
check 'webgpu: training steps' train webgpu run --steps 2
check 'webgpu: what was trained decodes' rows webgpu --model "$work/run"

samplewire doctor --model tinyshakespeare-absorb >"$work/doctor" 2>"$work/err"
cat "$work/doctor"
check 'the doctor finds webgpu in order' grep -Eq '^ok +webgpu ' "$work/doctor"
check 'the doctor finds onnx-webgpu in order' grep -Eq '^ok +onnx-webgpu ' "$work/doctor"
check 'the GPU benchmark, tiny' npm run --silent bench -- gpu --quick --allow-software --contestants webgpu --rows 1 --contexts 0 \
  --pipelines ar --out "$work/bench"
finish
