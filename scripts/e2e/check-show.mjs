// Checks what `run` wrote to a terminal in its live view. Usage: check-show.mjs RECORDING EXIT_CODE.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const [file, code] = process.argv.slice(2);
const written = readFileSync(file, 'utf8');
assert.equal(code, '0');
assert.ok(written.includes('\u2591'), 'masks were seen');
assert.ok(written.lastIndexOf('\u001b[?25h') > written.lastIndexOf('\u001b[?25l'), 'the cursor is back');
const escape = '\u001b';
const sequences = new RegExp(`${escape}\\[[?\\d;]*[A-Za-z]`, 'g');
const end = written.slice(written.lastIndexOf(`${escape}[?2026h`)).replaceAll(sequences, '');
assert.match(end, /64 tokens .* NFE 124 = 64 diffusion \+ 60 AR/);
assert.match(end, /Next: edit pipelines\/arpc\.json/);
