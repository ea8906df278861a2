/**
 * Writes the examples of the documentation to files: the TypeScript of some pages and the files of the cookbook under
 * `build`, so that the type check takes them along; with a folder as its argument, only the cookbook's files, there.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeBlocks, cookbookFiles } from './code-blocks.mjs';

const pages = ['README.md', 'docs/library.md', 'docs/models.md', 'docs/compare.md'];
/** Their examples are for pages: they are checked with a browser's types, and without Node's. */
const browserPages = ['docs/browser.md'];

const write = (folder, files) => {
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of files) writeFileSync(path.join(folder, name), code);
};

const examplesOf = (some) =>
  some
    .flatMap((page) => {
      const found = codeBlocks(page).filter(({ language }) => language === 'ts');
      if (found.length === 0) throw new Error(`${page} has no TypeScript examples`);
      return found;
    })
    .map(({ code }, i) => [`example-${i + 1}.ts`, code]);

const [given] = process.argv.slice(2);
if (given !== undefined) write(given, cookbookFiles());
else {
  const build = fileURLToPath(new URL('../build/', import.meta.url));
  for (const [folder, files] of [
    ['examples', examplesOf(pages)],
    ['browser-examples', examplesOf(browserPages)],
    ['cookbook', cookbookFiles()],
  ]) {
    rmSync(`${build}${folder}`, { recursive: true, force: true });
    write(`${build}${folder}`, files);
  }
}
