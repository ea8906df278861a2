import { describe, expect, it } from 'vitest';
import { backendOptionsOf, openOptionsOf, withProcess } from '../../../src/cli/commands/model-options.js';

describe('openOptionsOf', () => {
  it('leaves to the model what no flag says', () => {
    expect(openOptionsOf({})).toEqual({});
    expect(withProcess({}, undefined)).toEqual({});
    expect(withProcess({ threads: 1 }, 'uniform')).toEqual({ threads: 1, process: 'uniform' });
  });

  it('turns flags into options', () => {
    const flags = { backend: 'onnx', precision: 'int8', threads: '2', tokenizer: 'folder' };
    expect(openOptionsOf({ ...flags, maxRows: '8', maxCache: '2GB' })).toEqual({
      backend: 'onnx',
      precision: 'int8',
      threads: 2,
      tokenizer: 'folder',
      limits: { rows: 8, cacheBytes: 2e9 },
    });
    expect(openOptionsOf({ maxRows: '1' }).limits).toEqual({ rows: 1 });
    expect(backendOptionsOf({ backend: 'wasm' })).toEqual({ backend: 'wasm' });
  });

  it.each([
    ['1', 1],
    ['512', 512],
    ['512b', 512],
    ['64kB', 64e3],
    ['512MB', 512e6],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2gb', 2e9],
    ['1TiB', 2 ** 40],
  ])('takes %s as a size', (maxCache, cacheBytes) => {
    expect(openOptionsOf({ maxCache }).limits).toEqual({ cacheBytes });
  });

  it.each(['', '0', 'lots', '-1GB', '2 G B', '2G', '1e9', 'GB', '0.1', '99999999TB'])(
    'refuses %j as a size',
    (maxCache) => {
      expect(() => openOptionsOf({ maxCache })).toThrow(
        `--max-cache must be a size, as in 512MB, 1.5GiB or 2GB, not "${maxCache}"`,
      );
    },
  );

  it('tells everything that is wrong at once', () => {
    const flags = { backend: 'wasm', precision: 'int4', maxRows: '0', maxCache: 'x' };
    expect(() => openOptionsOf(flags)).toThrow(
      /wasm computes in fp32; int4[^]*--max-rows[^]*"0"[^]*--max-cache[^]*"x"/,
    );
    expect(() => openOptionsOf({ threads: 'all' })).toThrow('--threads must be an integer, 1 or more, not "all"');
    expect(() => openOptionsOf({ threads: '5000' })).toThrow('threads must be an integer from 1 to 1024, not 5000');
  });
});
