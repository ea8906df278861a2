import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../src/graph/check.js';
import { pipelineSchema } from '../../src/graph/schema.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { body, branch, step, use } from './support/broken.js';
import { testRegistry } from './support/nodes.js';
import { randomDocument } from './support/random-document.js';
import { sampleDocument } from './support/sample.js';

const compile = (schema: object) =>
  new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema);

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

describe('the schema of a registry', () => {
  const validate = compile(pipelineSchema(testRegistry));

  test('accepts what the checks accept', () => {
    expect(validate(sampleDocument()), JSON.stringify(validate.errors)).toBe(true);
    fc.assert(
      fc.property(randomDocument, (document) => {
        expect(checkPipeline(document, testRegistry).ok).toBe(true);
        expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  const broken: readonly (readonly [string, (draft: ReturnType<typeof sampleDocument>) => void])[] = [
    ['an unknown field', (d) => (d.extra = 1)],
    ['no name', (d) => delete d.name],
    ['another format', (d) => (d.format = 2)],
    ['an unknown kind of node', (d) => (body(d).open.kind = 'open-blok')],
    ['a node without a kind', (d) => delete body(d).open.kind],
    ['an input that is not wired', (d) => delete body(d).append.in.block],
    ['no inputs at all', (d) => delete body(d).append.in],
    ['an unknown input', (d) => (body(d).append.in.blok = 'steps.block')],
    ['no reference', (d) => (body(d).append.in.block = 'steps')],
    ['an unknown parameter', (d) => (body(d).open.params.size = 1)],
    ['a parameter out of bounds', (d) => (body(d).open.params.blockSize = 65)],
    ['a parameter of the wrong type', (d) => (body(d).open.params.blockSize = '4')],
    ['an unknown choice', (d) => (branch(d).nodes.draw.params.mode = 'gredy')],
    ['a required parameter missing', (d) => delete branch(d).nodes.draw.params.mode],
    ['required parameters missing', (d) => delete step(d).late.params],
    ['a malformed reference to a parameter', (d) => (body(d).steps.max = { $parm: 'steps' })],
    ['a negative bound of a loop', (d) => (d.nodes.blocks.max = -1)],
    ['a loop without a bound', (d) => delete d.nodes.blocks.max],
    ['a carry named index', (d) => (d.nodes.blocks.carry.index = 'input.cache')],
    ['a branch missing', (d) => delete step(d).guided.else],
    ['a subgraph without a name', (d) => delete use(d).use],
    ['a draft that is no flag', (d) => (use(d).draft = 'true')],
    ['a node that is no subgraph as a draft', (d) => (body(d).open.draft = true)],
    ['a node named input', (d) => (d.nodes.input = body(d).open)],
    ['an id that is no name', (d) => (d.nodes['a b'] = body(d).open)],
    ['an unknown kind of port', (d) => (d.inputs.canvas = 'text')],
    ['a declared parameter of an unknown type', (d) => (d.params.steps.type = 'int')],
    ['a declared parameter with a wrong field', (d) => (d.params.mode.min = 1)],
    ['a broken subgraph', (d) => delete d.graphs.step.nodes],
  ];

  test.each(broken)('refuses %s, as the checks do', (_, breakIt) => {
    const draft = sampleDocument();
    breakIt(draft);
    expect(validate(draft)).toBe(false);
    expect(checkPipeline(draft, testRegistry).ok).toBe(false);
  });
});

describe('the schema that is shipped', () => {
  test('is that of the nodes that are shipped (npm run schema writes it)', () => {
    expect(read('schema/pipeline-1.schema.json')).toEqual(JSON.parse(JSON.stringify(pipelineSchema(standardNodes))));
  });

  const validate = compile(read('schema/pipeline-1.schema.json'));

  test.each(readdirSync(new URL('../../pipelines', import.meta.url)).filter((name) => name.endsWith('.json')))(
    'accepts %s',
    (name) => {
      expect(validate(read(`pipelines/${name}`)), JSON.stringify(validate.errors)).toBe(true);
    },
  );
});
