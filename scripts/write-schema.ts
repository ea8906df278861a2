// Writes schema/pipeline-1.schema.json from the nodes that are shipped. Run by `npm run schema`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { pipelineSchema } from '../src/graph/schema.js';
import { standardNodes } from '../src/nodes/standard.js';

const folder = new URL('../schema/', import.meta.url);
const file = new URL('pipeline-1.schema.json', folder);
mkdirSync(folder, { recursive: true });
writeFileSync(file, `${JSON.stringify(pipelineSchema(standardNodes), null, 2)}\n`);
process.stdout.write('wrote schema/pipeline-1.schema.json\n');
