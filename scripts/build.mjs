/**
 * Compiles `src` to `dist` and makes the command line executable. With `--if-possible` it does nothing where the
 * compiler is not installed: an installation without developers' tools has nothing to build with, and needs none.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${folder}node_modules/typescript/bin/tsc`;
if (existsSync(compiler)) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status === 0) chmodSync(`${folder}dist/cli/main.js`, 0o755);
  process.exitCode = status ?? 1;
} else if (!process.argv.includes('--if-possible')) {
  console.error('error: the compiler is not installed; run npm ci first');
  process.exitCode = 1;
}
