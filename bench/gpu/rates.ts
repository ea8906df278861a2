import { isOnnxBackend, type BackendName } from '../../src/models/backends.js';
import { secondsEach, type RateSizes } from './chains.js';
import { onnxChains } from './onnx-chains.js';
import type { NumberType } from './result.js';
import { tensorChains } from './tensor-chains.js';
import type { Rates } from './work.js';

/** More than any cache of a card holds, and than starting a kernel costs. */
const usual: RateSizes = { numbers: 2 ** 26, side: 4096 };
const small: RateSizes = { numbers: 2 ** 20, side: 128 };

/** What a backend gets out of its device, by its own operators. */
export async function measureRates(backend: BackendName, numbers: NumberType, quick: boolean): Promise<Rates> {
  const sizes = quick ? small : usual;
  const options = quick ? { enough: 20, most: 8 } : {};
  const { negations, products } = isOnnxBackend(backend)
    ? await onnxChains(backend, numbers, sizes)
    : await tensorChains(backend, sizes);
  return ratesOf(sizes, await secondsEach(negations, options), await secondsEach(products, options));
}

/** Rates from the seconds of one negation and of one product. */
export const ratesOf = ({ numbers, side }: RateSizes, negation: number | null, product: number | null): Rates => ({
  bytes: negation === null ? null : (2 * 4 * numbers) / negation,
  operations: product === null ? null : (2 * side ** 3) / product,
});
