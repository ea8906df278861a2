import stringWidth from 'string-width';

/** No line is broken to fewer columns than these. */
const least = 24;

/** Text as lines of at most `width` columns, broken at spaces; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const columns = Math.max(least, width);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
