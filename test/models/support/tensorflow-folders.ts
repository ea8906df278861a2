import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package in a folder's node_modules whose main file is this code. Gives the main file. */
export function pretendPackage(folder: string, name: string, main: string): string {
  const home = join(folder, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  writeFileSync(join(home, 'index.js'), main);
  return join(home, 'index.js');
}

/** Code that looks like TensorFlow.js, for packages that do not come as far as to compute. */
export const tensorLibraryMain = 'module.exports = { engine: null, train: null, matMul: null, enableProdMode() {} };';

/** What `samplewire install tensorflow` would leave in a folder, with this code as the package's. Gives the main file. */
export function pretendInstalled(
  folder: string,
  main: string,
  { name = '@tensorflow/tfjs-node-gpu', variant = 'cpu' } = {},
): string {
  const entry = pretendPackage(folder, name, main);
  pretendPackage(folder, '@tensorflow/tfjs', tensorLibraryMain);
  writeFileSync(join(folder, 'installed.json'), JSON.stringify({ variant }, null, 2));
  return entry;
}
