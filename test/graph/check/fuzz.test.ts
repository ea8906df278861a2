import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPipeline, type CheckOutcome } from '../../../src/graph/check.js';
import { parentPath, splitPath } from '../../../src/graph/json-path.js';
import { maxFaults } from '../../../src/graph/limits.js';
import { parsePipeline } from '../../../src/graph/parse.js';
import { testRegistry } from '../support/nodes.js';
import { randomDocument } from '../support/random-document.js';
import { sampleDocument } from '../support/sample.js';

/** Every fault points at something that is there, or at something missing in what is there, and says so. */
function expectFaultsInside(value: unknown, outcome: CheckOutcome): void {
  if (outcome.ok) return;
  expect(outcome.faults.length).toBeGreaterThan(0);
  expect(outcome.faults.length).toBeLessThanOrEqual(maxFaults + 1);
  for (const fault of outcome.faults) {
    expect(exists(value, fault.path) || exists(value, parentPath(fault.path)), fault.path).toBe(true);
    for (const text of [fault.message, fault.expected, fault.found]) expect(text).not.toBe('');
    expect(fault.suggestion).not.toBe('');
  }
}

function exists(value: unknown, path: string): boolean {
  let part = value;
  for (const key of splitPath(path)) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return false;
    part = Object.entries(part).find(([name]) => name === String(key))?.[1];
  }
  return true;
}

/** Places in a document: each is the object and the key of a field. */
function fields(value: unknown): (readonly [object: Record<string, unknown>, key: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  return Object.keys(object).flatMap((key) => [[object, key] as const, ...fields(object[key])]);
}

const words = [
  'loop',
  'if',
  'graph',
  'input',
  'index',
  'steps',
  'blocks',
  'denoise',
  '__proto__',
  'constructor',
  'toString',
];
const references = [
  'blocks.canvas',
  'steps.index',
  'input.cache',
  'late.flag',
  'denoise.cache',
  'n1.block',
  'a.b.c',
  '.',
];
const replacement = fc.oneof(
  fc.constantFrom<unknown>(...words, ...references, null, -1, 0, 1e9, true, [], {}, '', { $param: 'steps' }),
  fc.jsonValue(),
);

const mutation = fc.record({
  sort: fc.constantFrom('delete', 'replace', 'rename', 'copy', 'swap'),
  at: fc.nat(),
  other: fc.nat(),
  value: replacement,
  name: fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })),
});

function mutate(
  document: unknown,
  { sort, at, other, value, name }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
) {
  const places = fields(document);
  const [object, key] = places[at % places.length] ?? [{}, ''];
  const [target, targetKey] = places[other % places.length] ?? [{}, ''];
  const define = (on: Record<string, unknown>, field: string, content: unknown): void => {
    Object.defineProperty(on, field, { value: content, enumerable: true, configurable: true, writable: true });
  };
  if (sort === 'replace') define(object, key, value);
  else if (sort === 'rename') define(object, name, object[key]);
  else if (sort === 'copy') define(object, key, structuredClone(target[targetKey]));
  else if (sort === 'swap')
    [object[key], target[targetKey]] = [structuredClone(target[targetKey]), structuredClone(object[key])];
  if (sort === 'delete' || sort === 'rename') Reflect.deleteProperty(object, key);
}

describe('checks never throw, and faults have places, for', () => {
  test('any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expectFaultsInside(value, checkPipeline(value, testRegistry));
      }),
      { numRuns: 500 },
    );
  });

  test('anything at all', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    const document = fc.record({ format: fc.constant(1), name: anything, nodes: fc.dictionary(fc.string(), anything) });
    fc.assert(
      fc.property(fc.oneof(anything, document), (value) => {
        expect(checkPipeline(value, testRegistry).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('valid documents that were broken in a few places', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(null), randomDocument),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (random, mutations) => {
          const document = random === null ? sampleDocument() : JSON.parse(JSON.stringify(random));
          for (const one of mutations) mutate(document, one);
          expectFaultsInside(document, checkPipeline(document, testRegistry));
        },
      ),
      { numRuns: 700 },
    );
  });

  test('text that was cut and patched', () => {
    const text = JSON.stringify(sampleDocument(), null, 1);
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(12),
        fc.oneof(fc.string(), fc.constantFrom('{', '}', '"', ',', '//', '[')),
        (at, cut, patch) => {
          const patched = text.slice(0, at) + patch + text.slice(at + cut);
          const outcome = parsePipeline(patched, testRegistry);
          if (outcome.ok) return;
          const lines = patched.split('\n');
          for (const { line = 0, column = 0 } of outcome.faults) {
            expect(column).toBeGreaterThanOrEqual(1);
            expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
