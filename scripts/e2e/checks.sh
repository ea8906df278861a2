# What the end-to-end scripts have in common; to be sourced in the repository's folder. Needs `npm run build`.
# After it: $work, a folder that goes with the script; $required, whether what is missing is a failure (--require).
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
required=false
if [[ ${1:-} == --require ]]; then required=true; fi

samplewire() { node dist/cli/main.js "$@"; }
# Ends the script where what it needs is not there: skip SENTENCE.
skip() {
  if $required; then
    printf '  FAILED  %s\n' "$1"
    exit 1
  fi
  printf 'skipped: %s\n' "$1"
  exit 0
}
pass() { printf '  ok      %s\n' "$1"; }
# fail SENTENCE: with the end of what the command printed.
fail() {
  printf '  FAILED  %s\n' "$1"
  failures=$((failures + 1))
  tail -n 15 "$work/out" "$work/err"
}
# check NAME COMMAND...: the command succeeds.
check() {
  local name=$1 began=$SECONDS
  shift
  if "$@" >"$work/out" 2>"$work/err"; then pass "$name ($((SECONDS - began)) s)"; else fail "$name"; fi
}
# tests ARGUMENT...: Vitest with these flags and files, of which some test has to have run.
tests() {
  NO_COLOR=1 npx vitest run "$@" >"$work/tests" 2>&1 && grep -Eq 'Tests +[1-9][0-9]* passed' "$work/tests"
  local code=$?
  cat "$work/tests"
  return $code
}
# rows BACKEND FLAG...: two rows by `arpc`, with the fields, lengths and NFE that they have to have.
rows() {
  samplewire run arpc --backend "$1" --length 19 --rows 2 --seed 1 --format jsonl --set steps=4 --set blockSize=8 "${@:2}" >"$work/rows.jsonl" &&
    node scripts/e2e/check-rows.mjs arpc "$work/rows.jsonl" 19
}
# train BACKEND NAME FLAG...: trains a tiny model into $work/NAME.
train() {
  node -e 'for (let i = 0; i < 400; i += 1) console.log(`the ${["cat", "dog", "owl"][i % 3]} sat on mat ${i % 7}.`)' >"$work/text.txt" &&
    samplewire train "$work/text.txt" --out "$work/$2" --process absorbing --layers 1 --hidden 32 --heads 2 --length 32 --rows 4 \
      --warmup 2 --validation-rows 2 --save-every 4 --backend "$1" "${@:3}"
}
finish() {
  if [[ $failures -gt 0 ]]; then
    echo "$failures failed"
    exit 1
  fi
  echo 'all passed'
}
