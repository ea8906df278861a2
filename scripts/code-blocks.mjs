import { readFileSync } from 'node:fs';

/**
 * The code blocks of a page, in their order: language, what follows it on the opening line (the name of a file, or how the
 * commands end), and the code.
 */
export function codeBlocks(page) {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(\w+)(?: ([^\n]*))?\n(.*?)^```$/gms)].map(([, language, title = '', code]) => ({
    language,
    title,
    code,
  }));
}

/** The files of the cookbook, by name. */
export const cookbookFiles = () =>
  new Map(
    codeBlocks('docs/cookbook.md').flatMap(({ language, title, code }) => (language === 'sh' ? [] : [[title, code]])),
  );
