import type { Tensor } from '@tensorflow/tfjs';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { Tf } from '../backend.js';
import { undoable } from '../undo.js';
import { isWasm, type WasmFunction, type WasmModule } from '../wasm/inside.js';

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

/** Ids for the views, out of reach of the backend's own, which count up from 0. */
const [viewOfA, viewOfB, viewOfOut] = [0x7ffffff0, 0x7ffffff1, 0x7ffffff2];

function registerKernel(tf: Tf): void {
  const config: KernelConfig = {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { a, b } = inputs;
      if (!isWasm(backend) || a === undefined || b === undefined) throw new Error(`${kernelName} got no tensors`);
      const { wasm, dataIdMap } = backend;
      const { tfjs } = wasm;
      const multiply = productOf(wasm);
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
  };
  tf.registerKernel(undoable(config));
}

/** The routine of each module that has been started. */
const products = new WeakMap<WasmModule, WasmFunction>();

function productOf(wasm: WasmModule): WasmFunction {
  const known = products.get(wasm);
  if (known !== undefined) return known;
  const [number, array] = ['number', 'array'];
  const takes = [number, array, number, number, array, number, number, number, number];
  const multiply = wasm.cwrap('BatchMatMul', null, takes);
  products.set(wasm, multiply);
  return multiply;
}
