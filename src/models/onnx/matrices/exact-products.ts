import { GraphBuilder } from '../graph/builder.js';
import type { OnnxRuntime } from '../runtime.js';
import type { EightBits } from './quantise.js';

const length = 64;

/**
 * How 8-bit weights give exact sums on this processor. Where it adds two products of an unsigned and a signed number in 16
 * bits (x86 before VNNI), large ones saturate; unsigned weights are then slower and exact.
 */
export async function exactEightBits(runtime: OnnxRuntime): Promise<EightBits> {
  const g = new GraphBuilder();
  const x = g.input('x', 'uint8', [1, length]);
  const weights = g.bytes('int8', new Array<number>(length).fill(127), [length, 1]);
  const sum = g.add('MatMulInteger', [x, weights, g.bytes('uint8', [0]), g.bytes('int8', [0])]);
  g.output('sum', sum, 'int32', [1, 1]);
  const session = await runtime.InferenceSession.create(g.encode(), { intraOpNumThreads: 1 });
  try {
    const largest = new runtime.Tensor('uint8', new Uint8Array(length).fill(255), [1, length]);
    const { sum: found } = await session.run({ x: largest });
    return found?.data[0] === length * 255 * 127 ? 'int8' : 'uint8';
  } finally {
    await session.release();
  }
}
