import { sinusoidFeatures, type DitWeights, type Linear } from './weights.js';

/** A tensor's numbers, row-major. */
interface Numbers {
  readonly data: Float32Array;
}

/** The adaLN vectors of one modulation, [D] each; empty without adaLN. */
export type Modulation = readonly (Float64Array | undefined)[];

/**
 * adaLN at sigma = 0, the only noise level of the published models: every modulation is a constant of the checkpoint, in double
 * precision. The function splits a modulation's vectors of `hidden` numbers.
 */
export function modulationAtZero(
  sigmaMap: DitWeights<Numbers>['sigmaMap'],
  hidden: number,
): (modulation: Linear<Numbers> | null) => Modulation {
  const condition = conditionAtZero(sigmaMap);
  return (modulation) => {
    if (modulation === null || condition === null) return [];
    const all = apply(modulation, condition);
    return Array.from({ length: all.length / hidden }, (_, index) =>
      all.subarray(index * hidden, (index + 1) * hidden),
    );
  };
}

const silu = (x: number): number => x / (1 + Math.exp(-x));

/** silu(mlp(sinusoid(0))); the sinusoid at 0 is cos = 1 in its first half and sin = 0 in its second. */
function conditionAtZero(map: DitWeights<Numbers>['sigmaMap']): Float64Array | null {
  if (map === null) return null;
  const sinusoid = new Float64Array(sinusoidFeatures).fill(1, 0, sinusoidFeatures / 2);
  return apply(map.second, apply(map.first, sinusoid).map(silu)).map(silu);
}

function apply({ weight, bias }: Linear<Numbers>, x: Float64Array): Float64Array {
  return Float64Array.from(bias.data, (start, o) =>
    x.reduce((sum, value, i) => sum + value * (weight.data[o * x.length + i] ?? 0), start),
  );
}
