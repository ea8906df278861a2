import type { Tensor } from '@tensorflow/tfjs';
import { isRecord } from '../../../graph/is-record.js';
import type { Tf } from '../backend.js';

/** a b for every row and head: [rows, heads, m, k] x [rows, heads, k, n] -> [rows, heads, m, n]. */
export type HeadProducts = (a: Tensor, b: Tensor) => Tensor;

const kernelName = 'SamplewireHeadProducts';
const registered = new WeakSet<Tf>();

/**
 * Products of many small matrices. The WASM backend has a fast routine for one pair of matrices and a slow one, by a
 * factor of ten, for a batch of them: there the fast one is called for each pair, on views into the batch.
 * Elsewhere, and where the inside of the WASM backend is not as expected, this is `tf.matMul`.
 */
export function createHeadProducts(tf: Tf): HeadProducts {
  if (!isWasm(tf.backend())) return (a, b) => tf.matMul(a, b);
  if (!registered.has(tf)) registerKernel(tf);
  registered.add(tf);
  return (a, b) => tf.engine().runKernel<Tensor>(kernelName, { a, b });
}

interface Info {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: 'float32';
}

/** What is used of the WASM backend (tfjs-backend-wasm 4.22). */
interface Wasm {
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): Info;
  readonly wasm: {
    cwrap(name: string, returns: null, takes: readonly string[]): (...given: (number | Uint8Array)[]) => void;
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
}

/** Whether all that is used is there. */
function isWasm(backend: unknown): backend is Wasm {
  if (!isRecord(backend) || !('wasm' in backend && 'dataIdMap' in backend && 'makeOutput' in backend)) return false;
  const { wasm, dataIdMap, makeOutput } = backend;
  if (!isRecord(dataIdMap) || !('get' in dataIdMap) || !isRecord(wasm) || !('cwrap' in wasm && 'tfjs' in wasm))
    return false;
  const { cwrap, tfjs } = wasm;
  if (!isRecord(tfjs) || !('registerTensor' in tfjs && 'disposeData' in tfjs)) return false;
  const used = [makeOutput, dataIdMap['get'], cwrap, tfjs['registerTensor'], tfjs['disposeData']];
  return used.every((member) => typeof member === 'function');
}

/** Ids for the views, out of reach of the backend's own, which count up from 0. */
const [viewOfA, viewOfB, viewOfOut] = [0x7ffffff0, 0x7ffffff1, 0x7ffffff2];

function registerKernel(tf: Tf): void {
  let multiply: ((...given: (number | Uint8Array)[]) => void) | undefined;
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { a, b } = inputs;
      if (!isWasm(backend) || a === undefined || b === undefined) throw new Error(`${kernelName} got no tensors`);
      const { wasm, dataIdMap } = backend;
      const { tfjs } = wasm;
      multiply ??= wasm.cwrap('BatchMatMul', null, [
        'number',
        'array',
        'number',
        'number',
        'array',
        'number',
        'number',
        'number',
        'number',
      ]);
      const [rows = 0, heads = 0, m = 0, k = 0] = a.shape;
      const n = b.shape[3] ?? 0;
      const out = backend.makeOutput([rows, heads, m, n], 'float32');
      const shapeOfA = new Uint8Array(Int32Array.of(1, m, k).buffer);
      const shapeOfB = new Uint8Array(Int32Array.of(1, k, n).buffer);
      const startOf = (info: { readonly dataId: object }) => dataIdMap.get(info.dataId).memoryOffset;
      const [startOfA, startOfB, startOfOut] = [startOf(a), startOf(b), startOf(out)];
      for (let pair = 0; pair < rows * heads; pair += 1) {
        tfjs.registerTensor(viewOfA, m * k, startOfA + 4 * pair * m * k);
        tfjs.registerTensor(viewOfB, k * n, startOfB + 4 * pair * k * n);
        tfjs.registerTensor(viewOfOut, m * n, startOfOut + 4 * pair * m * n);
        multiply(viewOfA, shapeOfA, 3, viewOfB, shapeOfB, 3, 0, 0, viewOfOut);
        // This forgets the views and what the routine prepared for the second one; the memory is not theirs.
        tfjs.disposeData(viewOfA);
        tfjs.disposeData(viewOfB);
        tfjs.disposeData(viewOfOut);
      }
      return out;
    },
  });
}
