import type { GraphBuilder, Value } from '../graph/builder.js';

const base = 10_000;

/**
 * Rotary positions, the two halves of a head turned against each other. `x` is [N, heads * width] and comes back as
 * [N * heads, width]; `positions` [N, 1], integers below `length`. (Tokens go as N
 * sequences of one, since the operator takes no sequence that is longer than its tables.)
 */
export function createRotary(
  g: GraphBuilder,
  length: number,
  width: number,
): (x: Value, positions: Value, heads: number) => Value {
  const half = width / 2;
  const angles = Float64Array.from({ length: length * half }, (_, i) => {
    const frequency = base ** (-(2 * (i % half)) / width);
    return Math.floor(i / half) * frequency;
  });
  const cosines = g.floats(Float32Array.from(angles, Math.cos), [length, half]);
  const sines = g.floats(Float32Array.from(angles, Math.sin), [length, half]);
  return (x, positions, heads) => {
    const row = g.add('Unsqueeze', [x, g.integers([1])]);
    const turned = g.add(
      'RotaryEmbedding',
      [row, positions, cosines, sines],
      { num_heads: BigInt(heads) },
      'com.microsoft',
    );
    return g.add('Reshape', [turned, g.integers([-1, width])]);
  };
}
