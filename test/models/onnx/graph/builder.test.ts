import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/models/onnx/graph/builder.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';

const runtime = await loadOnnxRuntime();

describe('graphs written here', () => {
  it('run with what they say: sizes by name, constants, attributes of every type', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['rows', 3]);
    const doubled = g.add('Mul', [x, g.floats([2])]);
    const [left = '', right = ''] = g.addMany('Split', [doubled, g.integers([1, 2])], 2, { axis: 1n });
    g.output('left', left, 'float32', ['rows', 1]);
    g.output('right', g.add('LeakyRelu', [right], { alpha: 0.5 }), 'float32', ['rows', 2]);
    g.output('curved', g.add('Gelu', [doubled], { approximate: 'tanh' }), 'float32', ['rows', 3]);
    g.output('shape', g.add('Shape', [x], { start: 0n, end: -1n }), 'int64', [1]);
    const session = await runtime.InferenceSession.create(g.encode());
    const result = await session.run({ x: new runtime.Tensor('float32', [1, -2, 3, -4, 5, -6], [2, 3]) });
    expect(result['left']?.data).toEqual(Float32Array.of(2, -8));
    expect(result['right']?.data).toEqual(Float32Array.of(-2, 6, 10, -6));
    expect(result['shape']?.data).toEqual(BigInt64Array.of(2n));
    expect(result['curved']?.data[0]).toBeCloseTo(1.9546, 4);
    await session.release();
  });

  it('take numbers from ranges of a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samplewire-graph-'));
    try {
      await writeFile(
        join(folder, 'numbers.bin'),
        Float32Array.from({ length: 10 }, (_, i) => i),
      );
      const g = new GraphBuilder();
      const x = g.input('x', 'float32', [2]);
      const range = { location: 'numbers.bin', offset: 12, length: 8 };
      g.output('sum', g.add('Add', [x, g.external('w', 'float32', [2], range)]), 'float32', [2]);
      const session = await runtime.InferenceSession.create(g.encode(), {
        extra: { session: { model_external_initializers_file_folder_path: folder } },
      });
      const { sum } = await session.run({ x: new runtime.Tensor('float32', [10, 20], [2]) });
      expect(sum?.data).toEqual(Float32Array.of(13, 24));
      await session.release();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keep equal small constants once, and unequal ones apart', () => {
    const g = new GraphBuilder();
    expect(g.integers([1, 2])).toBe(g.integers([1, 2]));
    expect(g.integers([1, 2])).not.toBe(g.integers([1, 2], [2, 1]));
    expect(g.floats([1])).not.toBe(g.bytes('int8', [1]));
    expect(g.bytes('uint8', [128])).not.toBe(g.bytes('int8', [-128]));
  });

  it('refuse to give one result out twice', () => {
    const g = new GraphBuilder();
    const y = g.add('Abs', [g.input('x', 'float32', [1])]);
    g.output('y', y, 'float32', [1]);
    expect(() => g.output('z', y, 'float32', [1])).toThrow('given out already');
  });

  it('are the same bytes each time', () => {
    const write = (): Uint8Array => {
      const g = new GraphBuilder();
      g.output('y', g.add('Abs', [g.input('x', 'float32', ['n'])]), 'float32', ['n']);
      return g.encode();
    };
    expect(write()).toEqual(write());
  });
});
