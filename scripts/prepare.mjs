/** Builds what a package holds. An installation without the tools of developers has nothing to build with, and needs none. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${folder}node_modules/typescript/bin/tsc`;
if (existsSync(compiler)) {
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: folder, stdio: 'inherit' });
}
