/** Round half to even, as the reference implementation does. */
const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

/** How many of a block's positions get noise again: k = max(1, round((1 - alpha_s) L')) (BlockGen). */
export const remaskCount = (alphaS: number, blockSize: number): number =>
  Math.max(1, roundHalfToEven((1 - alphaS) * blockSize));
