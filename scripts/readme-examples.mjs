/** Writes the TypeScript examples of the README to files, so that the type check takes them along. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const folder = new URL('../build/readme/', import.meta.url);
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
if (examples.length === 0) throw new Error('the README has no TypeScript examples');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
examples.forEach((code, i) => {
  writeFileSync(new URL(`example-${i + 1}.ts`, folder), code);
});
