/**
 * Writes the examples of the documentation to files: the TypeScript of some pages and the files of the cookbook under
 * `build`, so that the type check takes them along; with a folder as its argument, only the cookbook's files, there.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeBlocks, cookbookFiles } from './code-blocks.mjs';

const pages = ['README.md', 'docs/library.md', 'docs/models.md', 'docs/compare.md'];

const write = (folder, files) => {
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of files) writeFileSync(path.join(folder, name), code);
};

const [given] = process.argv.slice(2);
if (given !== undefined) write(given, cookbookFiles());
else {
  const examples = pages.flatMap((page) => {
    const found = codeBlocks(page).filter(({ language }) => language === 'ts');
    if (found.length === 0) throw new Error(`${page} has no TypeScript examples`);
    return found;
  });
  const build = fileURLToPath(new URL('../build/', import.meta.url));
  rmSync(`${build}examples`, { recursive: true, force: true });
  rmSync(`${build}cookbook`, { recursive: true, force: true });
  write(
    `${build}examples`,
    examples.map(({ code }, i) => [`example-${i + 1}.ts`, code]),
  );
  write(`${build}cookbook`, cookbookFiles());
}
