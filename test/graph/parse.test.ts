import { describe, expect, test } from 'vitest';
import { formatFault } from '../../src/graph/fault.js';
import { maxFaults } from '../../src/graph/limits.js';
import { parsePipeline } from '../../src/graph/parse.js';
import { testRegistry } from './support/nodes.js';
import { sampleDocument } from './support/sample.js';

const text = JSON.stringify(sampleDocument(), null, 2);

function faultsOf(source: string): readonly string[] {
  const outcome = parsePipeline(source, testRegistry);
  return outcome.ok ? [] : outcome.faults.map(formatFault);
}

describe('parsing a pipeline', () => {
  test('takes valid text, with a byte order mark and any line ends too', () => {
    expect(faultsOf(text)).toEqual([]);
    expect(faultsOf(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual([]);
  });

  test('says where JSON is broken', () => {
    expect(faultsOf('{\n  "format": 1,\n  "name" "x"\n}')).toEqual([
      '$ (line 3, column 10): a colon is missing after the key; expected a colon, found a text',
    ]);
    expect(faultsOf('')).toEqual([
      '$ (line 1, column 1): a value is missing; expected a JSON value, found the end of the text',
    ]);
    expect(faultsOf('{} {}')).toEqual([
      '$ (line 1, column 4): something follows the document; expected the end of the text, found "{"',
    ]);
    expect(faultsOf('{\n"a": 1,\n}')).toHaveLength(1);
    expect(faultsOf('{ // no\n}')).toEqual([
      '$ (line 1, column 3): JSON has no comments; expected a JSON value, found a comment',
    ]);
    expect(faultsOf('{"a": [1, "b}')[0]).toContain('a text is not closed');
  });

  test('shows nothing of what is not JSON, which may be any file', () => {
    for (const secret of ['root:x:0:0', 'TOKEN=abc', '"a" secret', '{"name": secret}', '{"a" "secret"}', '[1 7531]']) {
      for (const fault of faultsOf(secret)) expect(fault).not.toMatch(/root|TOKEN|secret|7531/);
    }
  });

  test('finds several breaks at once', () => {
    expect(faultsOf('{\n  "a" 1,\n  "b": ,\n  "c": [1 2]\n}').map((fault) => fault.slice(0, 10))).toEqual([
      '$ (line 2,',
      '$ (line 3,',
      '$ (line 4,',
    ]);
  });

  test('says where in the text each fault is', () => {
    const broken = text
      .replace('"kind": "append"', '"kind": "apend"')
      .replace('"block": "steps.block"\n', '"block": "steps.blok"\n');
    const outcome = parsePipeline(broken, testRegistry);
    const lines = broken.split('\n');
    const places = outcome.ok
      ? []
      : outcome.faults.map(({ line = 0, column = 0 }) => lines[line - 1]?.slice(column - 1).trim());
    expect(places[0]).toMatch(/^"kind": "apend"/);
  });

  test('places missing fields at what should have them', () => {
    const outcome = parsePipeline('\n {"format": 1, "nodes": {}, "outputs": {}}', testRegistry);
    expect(outcome.ok ? [] : outcome.faults).toMatchObject([{ path: '$.name', line: 2, column: 2 }]);
  });

  test('reports keys that are given twice, beside everything else', () => {
    expect(
      faultsOf('{"format": 1, "name": "a",\n "name": "b", "nodes": {}, "nodes": {}, "outputs": {"x": "y.z"}}'),
    ).toEqual([
      '$.name (line 2, column 2): "name" is given twice; expected each key once, found a second one',
      '$.nodes (line 2, column 28): "nodes" is given twice; expected each key once, found a second one',
      '$.outputs.x (line 2, column 53): there is no node "y"; expected "input", found "y.z"',
    ]);
  });

  test('does not take items of lists for keys', () => {
    const lists = text.replace('"choices": [', '"choices": [["a", 1], ["a", 2], ');
    expect(faultsOf(lists).filter((fault) => fault.includes('twice'))).toEqual([]);
  });

  test('finds keys given twice inside lists', () => {
    const list = text.replace('"choices": [', '"choices": [{ "a": 1, "a": 2 }, ');
    expect(faultsOf(list).filter((fault) => fault.includes('twice'))).toHaveLength(1);
  });

  test('refuses keys given twice in a document that is valid otherwise', () => {
    expect(faultsOf(text.replace('"name": "sample"', '"name": "x", "name": "sample"'))).toHaveLength(1);
  });
  test.each([
    ['breaks', '{' + ',\n'.repeat(3 * maxFaults), 2 * maxFaults + 1],
    ['keys given twice', `{${'"a": 1,\n'.repeat(3 * maxFaults)} "format": 1, "name": "x"}`, 2 * maxFaults + 2],
  ])('lists no more %s than anybody reads, and counts the rest', (_, source, rest) => {
    const faults = faultsOf(source);
    expect(faults).toHaveLength(maxFaults + 1);
    expect(faults.at(-1)).toBe(`$: there are more faults than are listed; expected none, found ${rest} more`);
  });
});
