import { loadTokenizer } from '../../../../src/models/tokenizer/load.js';

/** Loads each of the folders that the first argument lists as JSON, encodes the second argument and decodes ids 0 and 1; writes the ends as JSON lines. */
const [, , folders = '[]', text = ''] = process.argv;
for (const folder of JSON.parse(folders)) {
  const steps: string[] = [];
  try {
    const loaded = await loadTokenizer(folder);
    steps.push(`encoded ${JSON.stringify(loaded?.tokenizer.encode(text).slice(0, 3))}`);
    steps.push(`decoded ${JSON.stringify(loaded?.tokenizer.decode([0, 1]))}`);
  } catch (error) {
    steps.push(String(error));
  }
  process.stdout.write(`${JSON.stringify(steps)}\n`);
}
