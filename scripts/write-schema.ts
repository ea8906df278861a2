// Writes what is made from the nodes that are shipped: schema/pipeline-1.schema.json and docs/nodes.md. Run by `npm run schema`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { pipelineSchema } from '../src/graph/schema.js';
import { standardNodes } from '../src/nodes/standard.js';
import { nodePage } from './node-page.js';

const write = (file: string, text: string): void => {
  const url = new URL(`../${file}`, import.meta.url);
  mkdirSync(new URL('.', url), { recursive: true });
  writeFileSync(url, text);
  process.stdout.write(`wrote ${file}\n`);
};

write('schema/pipeline-1.schema.json', `${JSON.stringify(pipelineSchema(standardNodes), null, 2)}\n`);
write('docs/nodes.md', nodePage(standardNodes));
