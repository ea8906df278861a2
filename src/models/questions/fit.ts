/** Whether what a question brings along fits the prediction that it asks. */

/** Throws an `Error` that counts both unless there is one value a position. */
export function onePerPosition<T>(
  { ask }: { readonly ask: string },
  values: readonly T[],
  what: string,
  positions: number,
): readonly T[] {
  if (values.length === positions) return values;
  throw new Error(`${ask}: ${values.length} ${what} for ${positions} positions`);
}

/** The block that a posterior starts from; throws an `Error` where the prediction was not made for one. */
export function noisyBlock(noisy: readonly number[] | null): readonly number[] {
  if (noisy !== null) return noisy;
  throw new Error('posterior: AR scores have none, only the prediction of a denoise call has');
}
