import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childPath, parentPath, rootPath, splitPath } from '../../src/graph/json-path.js';

const keys = fc.array(
  fc.oneof(fc.string({ unit: 'binary' }), fc.nat(1000), fc.constantFrom("'", '\\', '"', "\\'", '.', '[0]', ']', '\n')),
);

describe('paths in documents', () => {
  test('are as in RFC 9535, plain where the key is a plain name', () => {
    const path = ['nodes', 'noise-schedule', 'in', 'x_1', 3, "it's", ''].reduce(childPath, rootPath);
    expect(path).toBe("$.nodes['noise-schedule'].in.x_1[3]['it\\'s']['']");
  });

  test('split into the keys that they were made of', () => {
    fc.assert(
      fc.property(keys, (list) => {
        expect(splitPath(list.reduce(childPath, rootPath))).toEqual(list);
      }),
    );
  });

  test('know what holds them', () => {
    fc.assert(
      fc.property(keys, fc.string(), (list, key) => {
        const path = list.reduce(childPath, rootPath);
        expect(parentPath(childPath(path, key))).toBe(path);
      }),
    );
    expect(parentPath(rootPath)).toBe(rootPath);
  });
});
