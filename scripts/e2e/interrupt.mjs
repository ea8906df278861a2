// Starts a run, presses Ctrl-C once some text is there, and checks that it ends in order.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

const child = spawn(process.execPath, ['dist/cli/main.js', 'run', 'ar', '--format', 'text'], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
let out = '';
let pressed = false;
let err = '';
child.stdout.on('data', (chunk) => {
  out += chunk;
  if (!pressed && out.length >= 3) pressed = child.kill('SIGINT');
});
child.stderr.on('data', (chunk) => (err += chunk));
const code = await new Promise((resolve) => child.on('close', resolve));
assert.equal(code, 130);
assert.ok(out.length >= 3 && out.endsWith('\n'), JSON.stringify(out));
assert.ok(out.length < 256, 'it did not stop');
assert.equal(err, '');
