#!/usr/bin/env bash
# End-to-end checks of the built command line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ! -f src/cli/main.ts ]]; then
  echo 'The command line is not there yet: nothing to check.'
  exit 0
fi
text=$(npm run --silent demo </dev/null)
[[ -n $text ]] || { echo 'npm run demo wrote nothing'; exit 1; }
echo 'npm run demo: ok'
