import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPipeline, type CheckOptions, type CheckOutcome } from '../../../src/graph/check.js';
import { faultsError, formatFault } from '../../../src/graph/fault.js';
import { maxFaults, maxFaultText, maxFieldText } from '../../../src/graph/limits.js';
import { parsePipeline } from '../../../src/graph/parse.js';
import { testRegistry } from '../support/nodes.js';
import { sampleDocument } from '../support/sample.js';

const faultsOf = (outcome: CheckOutcome) => (outcome.ok ? [] : outcome.faults);

/** What a fault adds to its fields: places, words between them, the last fault that counts the others. */
const around = 200;

const textOf = (outcome: CheckOutcome): string =>
  outcome.ok ? '' : faultsError('the pipeline', outcome.faults).message;

/** The places of a document: each is an object and one of its keys. */
function placesIn(value: unknown): (readonly [object: Record<string, unknown>, key: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  return Object.keys(object).flatMap((key) => [[object, key] as const, ...placesIn(object[key])]);
}

const letters = fc.constantFrom(
  'a',
  'n0',
  '.',
  './',
  '../',
  '\u0000',
  '"',
  "'",
  '\n',
  '\ud83d\ude00',
  '\ud800',
  '\\',
  '$',
);

describe('what faults say stays short', () => {
  test('wherever a huge text stands in a document', () => {
    const how = fc.record({
      piece: letters,
      begin: fc.constantFrom('', './', 'a.', 'x'),
      size: fc.integer({ min: 2_000, max: 60_000 }),
      at: fc.array(fc.record({ place: fc.nat(), asKey: fc.boolean(), wrapped: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(how, ({ piece, begin, size, at }) => {
        const huge = begin + piece.repeat(Math.ceil(size / piece.length));
        const document: unknown = sampleDocument();
        for (const { place, asKey, wrapped } of at) {
          const places = placesIn(document);
          const [object, key] = places[place % places.length] ?? [{}, ''];
          if (!asKey) object[key] = wrapped ? [huge] : huge;
          else {
            object[huge] = object[key];
            Reflect.deleteProperty(object, key);
          }
        }
        const options: CheckOptions = { resolve: () => undefined };
        for (const outcome of [
          checkPipeline(document, testRegistry, options),
          parsePipeline(JSON.stringify(document), testRegistry, options),
        ]) {
          const faults = faultsOf(outcome);
          expect(textOf(outcome).length).toBeLessThan(around + 1000 * faults.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('of a name of 12 million characters', () => {
    const name = 'n'.repeat(12_000_000);
    const node = { kind: 'open-block', in: { canvas: `${name}.canvas` }, params: { [name]: 1, blockSize: name } };
    for (const parts of [
      { nodes: { [name]: node } },
      { nodes: { a: node } },
      { nodes: { a: { kind: 'graph', use: name } } },
      { nodes: { a: { kind: 'graph', use: `./${name}` } } },
      { nodes: { a: { kind: name } } },
      { nodes: {}, params: { p: { type: name } } },
      { nodes: {}, params: { p: { type: 'choice', choices: [name, name] } } },
      { nodes: {}, params: { p: { type: 'choice', choices: [name], default: `${name}x` } } },
      { nodes: {}, imports: [`/${name}`, name, name] },
      { nodes: {}, [name]: 1 },
    ]) {
      const outcome = checkPipeline({ format: 1, name, inputs: {}, outputs: {}, ...parts }, testRegistry);
      expect(outcome.ok).toBe(false);
      expect(textOf(outcome).length).toBeLessThan(5_000);
    }
  });

  test('also of more faults with long fields than can be listed', () => {
    const long = (i: number): string => `${String(i)}${'y'.repeat(990)}`;
    const kinds = Object.fromEntries(
      Array.from({ length: 3 * maxFaults }, (_, i) => [`${'x'.repeat(600)}${String(i)}`, { kind: long(i) }]),
    );
    const body = { l: { kind: 'loop', carry: {}, max: 1, next: {}, body: kinds } };
    const nested = { [`m${'z'.repeat(900)}`]: { kind: 'loop', carry: {}, max: 1, next: {}, body } };
    const outcome = checkPipeline({ format: 1, name: 'x', nodes: nested, outputs: {} }, testRegistry);
    const faults = faultsOf(outcome);
    expect(textOf(outcome).length).toBeLessThan(maxFaultText + faults.length * around + 5 * maxFieldText);
    expect(faults.at(-1)?.found).toBe(`${String(3 * maxFaults - (faults.length - 1))} more`);
  });

  test('and is one line a fault, whatever the names are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (name) => {
        const outcome = checkPipeline(
          {
            format: 1,
            name,
            nodes: { [name]: { kind: name, [name]: name }, a: { kind: 'graph', use: name } },
            outputs: { [name]: name },
          },
          testRegistry,
        );
        for (const fault of faultsOf(outcome)) expect([...formatFault(fault)].filter((each) => each < ' ')).toEqual([]);
      }),
    );
  });
});

describe('checking takes time in proportion', () => {
  // Where each import looked at all others, this took minutes.
  test('to the number of imports', () => {
    const imports = Array.from({ length: 100_000 }, (_, i) => `./m${String(i)}.mjs`);
    expect(checkPipeline({ format: 1, name: 'x', imports, nodes: {}, outputs: {} }, testRegistry).ok).toBe(true);
    const twice = checkPipeline(
      { format: 1, name: 'x', imports: [...imports, imports[7]], nodes: {}, outputs: {} },
      testRegistry,
    );
    expect(faultsOf(twice).map(({ path, message }) => [path, message])).toEqual([
      ['$.imports[100000]', 'this module is imported already'],
    ]);
  }, 30_000);

  // Where the place of each fault was looked up along a path of millions of characters, this took minutes.
  test('to the length of keys', () => {
    const broken = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`n${String(i)}`, 5]));
    const loop = { kind: 'loop', carry: {}, max: 1, next: {}, body: broken };
    const text = JSON.stringify({ format: 1, name: 'x', nodes: { [`k${'e'.repeat(4_000_000)}`]: loop }, outputs: {} });
    expect(textOf(parsePipeline(text, testRegistry)).length).toBeLessThan(1000);
  }, 30_000);
});
