import { beforeEach, describe, expect, test, vi } from 'vitest';
import { checkPipeline } from '../../../src/graph/check.js';
import { FaultList, includedFaults } from '../../../src/graph/check/fault-list.js';
import type { Fault } from '../../../src/graph/fault.js';
import { maxFaults } from '../../../src/graph/limits.js';
import type * as Names from '../../../src/graph/names.js';
import { nearest, oneOf } from '../../../src/graph/names.js';
import { testRegistry } from '../support/nodes.js';

vi.mock('../../../src/graph/names.js', async (importOriginal) => {
  const names = await importOriginal<typeof Names>();
  return { ...names, nearest: vi.fn(names.nearest), oneOf: vi.fn(names.oneOf) };
});

const count = 3 * maxFaults;

const many = (entry: (i: number) => unknown, prefix = 'n'): object =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, entry(i)]));

const sample = { kind: 'sample-step', in: { prediction: 'input.canvas', block: 'input.canvas' } };
const open = { kind: 'open-block', in: { canvas: 'input.canvas' } };
const input = () => 'input.canvas';
const loop = { kind: 'loop', carry: many(input), max: 1, body: {} };
const document = (parts: object) => ({
  format: 1,
  name: 'many',
  inputs: { canvas: 'canvas', cache: 'cache' },
  nodes: {},
  outputs: {},
  ...parts,
});

beforeEach(() => {
  vi.clearAllMocks();
});

describe('names are compared only for faults that are listed: unknown', () => {
  test.each<[string, object]>([
    ['nodes', { nodes: many((i) => ({ ...open, in: { canvas: `x${i}.canvas` } })) }],
    ['outputs of a node', { nodes: { open }, outputs: many((i) => `open.x${i}`) }],
    [
      'inputs of a node',
      { nodes: { open: { ...open, in: { canvas: 'input.canvas', ...many(() => 'input.canvas') } } } },
    ],
    ['carries', { nodes: { l: { ...loop, next: { ...many(input), ...many(input, 'x') } } } }],
    ['parameters of a node', { nodes: { open: { ...open, params: many(() => 1) } } }],
    ['declared parameters', { nodes: many((i) => ({ ...open, params: { blockSize: { $param: `x${i}` } } })) }],
    ['subgraphs', { graphs: { g: { nodes: {}, outputs: {} } }, nodes: many((i) => ({ kind: 'graph', use: `x${i}` })) }],
    ['kinds', { nodes: many((i) => ({ kind: `x${i}` })) }],
    ['places', { layout: many(() => ({ x: 0, y: 0 })) }],
    ['kinds of ports', { inputs: many((i) => `x${i}`) }],
    ['types of parameters', { params: many((i) => ({ type: `x${i}` })) }],
    ['fields', many(() => 1)],
    ['choices', { nodes: many((i) => ({ ...sample, params: { mode: `x${i}` } })) }],
  ])('%s', (_, parts) => {
    const outcome = checkPipeline(document(parts), testRegistry);
    expect(outcome.ok ? [] : outcome.faults).toHaveLength(maxFaults + 1);
    expect(outcome.ok ? '' : outcome.faults.at(-1)?.found).toMatch(/^\d+ more$/);
    expect(vi.mocked(nearest).mock.calls.length).toBeLessThanOrEqual(maxFaults);
  });
});

test('the ids that can be seen from a region are gathered once for all its faults', () => {
  const inside = { l: { ...loop, carry: { a: 'input.canvas', b: 'input.canvas' }, next: { a: 'v.a', b: 'w.b' } } };
  checkPipeline(document({ nodes: inside, outputs: { a: 'y.canvas', b: 'z.canvas' } }), testRegistry);
  const lists = new Set(vi.mocked(oneOf).mock.calls.map(([names]) => names));
  expect([...lists].map((names) => [...names])).toEqual([
    ['input', 'l'],
    ['input', 'l'],
  ]);
});

describe('a list of faults', () => {
  const fault: Fault = { path: '$', message: 'm', expected: 'e', found: 'f' };

  test('describes what it lists and only counts the rest, also for included documents', () => {
    const faults = new FaultList();
    const describeIt = vi.fn(() => fault);
    const included = includedFaults(faults, './a.json', '$.nodes.a.use');
    for (let i = 0; i < maxFaults; i += 1) (i % 2 === 0 ? faults : included).add(describeIt);
    for (let i = 0; i < 7; i += 1) (i % 2 === 0 ? faults : included).add(describeIt);
    expect(describeIt).toHaveBeenCalledTimes(maxFaults);
    expect(faults.list).toHaveLength(maxFaults + 1);
    expect(faults.list[1]?.message).toBe('in ./a.json at $: m');
    expect(faults.list.at(-1)?.found).toBe('7 more');
  });
});
