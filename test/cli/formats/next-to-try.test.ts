import { expect, it } from 'vitest';
import { nextToTry } from '../../../src/cli/formats/next-to-try.js';
import { shippedPipelines } from '../../../src/cli/shipped.js';
import { choice, integer } from '../../../src/graph/params.js';

const params = {
  steps: integer({ min: 1, default: 16 }),
  score: choice(['nll', 'gap', 'entropy'], { default: 'nll' }),
};
const paramUses = Object.entries(params).map(([param, spec]) => ({ param, path: 'node', name: param, spec }));
const hints = (name: string, values: Readonly<Record<string, string | number>>): readonly string[] =>
  nextToTry({ graph: { name, params, paramUses }, path: 'mine.json', params: values });

it('suggests the file, a value that was not used and another pipeline', () => {
  expect(hints('ar', { steps: 16, score: 'nll' })).toEqual([
    'Next: edit mine.json',
    '--set score=entropy',
    'run ar-then-arpc',
  ]);
  expect(hints(shippedPipelines().at(-1) ?? '', { score: 'entropy' })).toEqual([
    'Next: edit mine.json',
    '--set score=gap',
    'run ar',
  ]);
  expect(nextToTry({ graph: { name: 'mine', params: {}, paramUses: [] }, path: 'mine.json', params: {} })[1]).toBe(
    '--seed 1',
  );
  const unread = { name: 'mine', params, paramUses: paramUses.filter(({ param }) => param !== 'score') };
  expect(nextToTry({ graph: unread, path: 'mine.json', params: {} })[1]).toBe('--seed 1');
});

it('suggests no pipeline that needs a text to start from', () => {
  const names = shippedPipelines().map((name) => hints(name, {}).at(-1));
  expect(names).not.toContain('run edit');
  expect(names).toContain('run full-sequence');
});
