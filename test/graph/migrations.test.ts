import { describe, expect, test } from 'vitest';
import { FaultList } from '../../src/graph/check/fault-list.js';
import { toJson, type Json, type JsonObject } from '../../src/graph/check/json.js';
import { currentFormat, migrate, migrations } from '../../src/graph/migrations.js';

const json = (value: object): Json => toJson(value, new FaultList());
const rename = (from: string, to: string, format: number) => (document: JsonObject) =>
  new Map(
    [...document].map(([key, field]): [string, Json] =>
      key === 'format' ? [key, format] : [key === from ? to : key, field],
    ),
  );

describe('migration', () => {
  const target = {
    format: 3,
    migrations: new Map([
      [1, rename('a', 'b', 2)],
      [2, rename('b', 'c', 3)],
    ]),
  };

  test('goes from format to format until the current one', () => {
    const faults = new FaultList();
    expect(migrate(json({ format: 1, a: 7 }), faults, target)).toEqual(json({ format: 3, c: 7 }));
    expect(migrate(json({ format: 2, b: 7 }), faults, target)).toEqual(json({ format: 3, c: 7 }));
    expect(migrate(json({ format: 3, a: 7 }), faults, target)).toEqual(json({ format: 3, a: 7 }));
    expect(faults.list).toEqual([]);
  });

  test('leaves the document it was given as it was', () => {
    const document = json({ format: 1, a: 7 });
    migrate(document, new FaultList(), target);
    expect(document).toEqual(json({ format: 1, a: 7 }));
  });

  test('refuses newer formats, those that are gone, and what is no format', () => {
    const refusal = (value: object, to = target) => {
      const faults = new FaultList();
      migrate(json(value), faults, to);
      return faults.list.map(({ path, message }) => `${path}: ${message}`);
    };
    expect(refusal({ format: 4 })).toEqual(['$.format: this pipeline was written by a newer version (format 4)']);
    expect(refusal({ format: 1 }, { format: 2, migrations: new Map() })).toEqual([
      '$.format: format 1 is no longer supported',
    ]);
    for (const format of [0, 1.5, '1', null])
      expect(refusal({ format })).toEqual(['$.format: this is no format of a pipeline']);
  });

  test('has a step for every older format', () => {
    expect([...migrations.keys()]).toEqual(Array.from({ length: currentFormat - 1 }, (_, i) => i + 1));
  });
});
