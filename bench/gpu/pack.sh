#!/usr/bin/env bash
# Packs what `npm run bench -- gpu` and parity on all backends need into one archive, for a machine of this system and processor without a network:
#   bench/gpu/pack.sh bench.tar.xz [--with-node]
# There: tar -xJf bench.tar.xz && cd samplewire && PATH="$PWD:$PATH" node --import ./scripts/typescript.mjs bench/main.ts gpu
set -euo pipefail

archive=${1:?name the archive to write}
[[ $archive == /* ]] || archive=$PWD/$archive
with_node=${2:-}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/samplewire"

# Packages that run, with the one that reads TypeScript and the one that opens WebGPU devices; the others only develop.
packages() {
  node -e '
    const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"));
    const wanted = /^node_modules\/(tsx|esbuild|@esbuild\/.*|get-tsconfig|resolve-pkg-maps|webgpu)$/;
    for (const [path, { dev }] of Object.entries(packages)) {
      if (path !== "" && (dev !== true || wanted.test(path)) && require("fs").existsSync(path)) console.log(path);
    }
  '
}

platform=$(node -p 'process.platform')
architecture=$(node -p 'process.arch')
others() {
  for os in darwin linux win32; do
    [[ $os == "$platform" ]] || printf -- '--exclude=%s\n' "node_modules/onnxruntime-node/bin/napi-v*/$os" "node_modules/webgpu/dist/$os-*"
    for cpu in x64 arm64; do
      [[ $os == "$platform" && $cpu != "$architecture" ]] &&
        printf -- '--exclude=%s\n' "node_modules/onnxruntime-node/bin/napi-v*/$os/$cpu" "node_modules/webgpu/dist/$os-$cpu"
    done
  done
}

mapfile -t excluded < <(others)
{
  git ls-files bench src scripts pipelines test/support test/fixtures/parity package.json tsconfig.json
  packages
} | tar -cf - "${excluded[@]}" \
  --exclude='*.map' --exclude='*.d.ts' --exclude='*.md' --exclude='*.min.js*' --exclude='*fesm*' --exclude='*.es2017.js' \
  --exclude='*_test.js' --exclude='node_modules/@tensorflow/*/src' --exclude='node_modules/@tensorflow/tfjs/dist/tf.js' \
  --exclude='miniprogram' --exclude='node_modules/core-js' --files-from=- |
  tar -xf - -C "$work/samplewire"
# There it is no repository, and results name what they were measured on.
git describe --always --abbrev=10 --exclude='*' --dirty >"$work/samplewire/bench/commit"
if [[ $with_node == --with-node ]]; then cp "$(node -p 'process.execPath')" "$work/samplewire/node"; fi
tar -C "$work" -cf - samplewire | xz -T0 -6 >"$archive"
du -h "$archive"
