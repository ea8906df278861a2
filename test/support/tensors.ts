import { tensorBackends, type TensorBackendName } from '../../src/models/backends.js';

const named = process.env['SAMPLEWIRE_TEST_TENSORS'] ?? 'wasm';
const known = tensorBackends.find((backend) => backend === named);
if (known === undefined) {
  throw new Error(`SAMPLEWIRE_TEST_TENSORS has to be one of ${tensorBackends.join(', ')}, found ${named}`);
}

/** The tensor backend that questions are answered on, where tests can do that on any: SAMPLEWIRE_TEST_TENSORS, or WASM. */
export const testedTensors: TensorBackendName = known;
