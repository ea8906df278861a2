// Does what docs/cookbook.md says, in a folder where samplewire is installed: writes its files as they come and runs its
// commands as they stand. Then uses the package that it ends with, as somebody else would.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeBlocks } from '../code-blocks.mjs';

const clone = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'cookbook-'));
const at = (...names) => path.join(folder, ...names);

function sh(command, cwd = folder) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

try {
  mkdirSync(at('node_modules', '.bin'), { recursive: true });
  symlinkSync(clone, at('node_modules', 'samplewire'));
  symlinkSync(path.join(clone, 'dist/cli/main.js'), at('node_modules', '.bin', 'samplewire'));
  for (const { language, title, code } of codeBlocks('docs/cookbook.md')) {
    if (language !== 'sh') {
      writeFileSync(at(title), code);
      continue;
    }
    for (const command of code.trim().split('\n')) {
      const { status, said } = sh(command);
      assert.equal(status === 0, title !== 'fails', `${command}\n${said}`);
      if (title === 'fails') assert.match(said, /hysteresis\.mjs" is not loaded.*--allow-imports/);
      process.stdout.write(`  ${title === 'fails' ? 'refused' : 'ran'}: ${command}\n`);
    }
  }
  const schema = JSON.parse(readFileSync(at('my.schema.json'), 'utf8'));
  assert.ok('node-hysteresis' in schema.$defs);

  const installed = at('theirs', 'node_modules', 'samplewire-nodes-hysteresis');
  mkdirSync(installed, { recursive: true });
  for (const file of ['package.json', 'hysteresis.mjs']) cpSync(at(file), path.join(installed, file));
  const document = readFileSync(at('hysteresis.json'), 'utf8').replace(
    './hysteresis.mjs',
    'samplewire-nodes-hysteresis',
  );
  writeFileSync(at('theirs', 'main.json'), document);
  const { status, said } = sh('npx samplewire check main.json --allow-imports', at('theirs'));
  assert.equal(status, 0, said);
} finally {
  rmSync(folder, { recursive: true });
}
