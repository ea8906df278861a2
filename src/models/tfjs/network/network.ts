import type { Tensor } from '@tensorflow/tfjs';
import type { FoldedWeights } from '../../checkpoint/fold.js';
import { attend, attentionBias, type BiasShape, type KeyValues } from './attention.js';
import { activate, type TensorBackend } from '../backend.js';
import { createHeadProducts } from './head-products.js';
import { libraryOperations } from './layer-operations.js';
import { createRotary, type Rotation } from './rotary.js';
import { webgpuOperations } from './webgpu-operations.js';
import { upload, type Layer, type Product, type Weights } from './weights.js';

/** Keys and values of clean text that went through the network before, with room at the end of each row. */
export interface Past {
  /** One for every transformer block, with `capacity` positions. */
  readonly layers: readonly KeyValues[];
  /** A multiple of `capacityUnit`. */
  readonly capacity: number;
  /** How much of `capacity` each row uses. */
  readonly lengths: readonly number[];
}

/** One batched pass: R rows of Q queries each. */
export interface Pass {
  readonly rows: number;
  readonly queries: number;
  /** [R, Q], row-major. */
  readonly tokens: Int32Array;
  /** [R, Q]; positions in the row, from 0. */
  readonly positions: Int32Array;
  /** [Q, Q], additive, of every row's queries among themselves; `null` where all see all. */
  readonly mask: Float32Array | null;
  readonly past: Past | null;
  /** How many of the last queries of each row logits are wanted for. */
  readonly answers: number;
  /** How many of the first queries of each row are clean tokens whose keys and values are wanted. */
  readonly keep: number;
}

export interface PassResult {
  /** [R * answers, V or more]; the network's raw output, and `closed` behind the vocabulary. */
  readonly logits: Tensor;
  /** One for every transformer block, with `keep` positions; empty when `keep` is 0. */
  readonly kept: readonly KeyValues[];
}

/** The transformer on a tensor backend. */
export interface Network {
  /** Whether it is on a device that gathers fast, and from which nothing is to come back. */
  readonly resident?: boolean;
  /** The caller disposes of every tensor of the result. */
  run(pass: Pass): PassResult;
  dispose(): void;
}

export interface NetworkShape {
  readonly heads: number;
  readonly hidden: number;
  /** Whether everything that a pass looks up stays on the device, and the logits with it (`UploadOptions`). */
  readonly resident: boolean;
}

/**
 * Pre-norm transformer with rotary positions, on weights folded by `foldWeights`. Every operation treats rows
 * apart, or sums in an order that other rows do not change, so that a row's result does not depend on its batch
 * (bit for bit on the WASM backend).
 */
export async function createNetwork(
  backend: TensorBackend,
  folded: FoldedWeights,
  shape: NetworkShape,
): Promise<Network> {
  const tensors: Tensor[] = [];
  const owned: Owned = {
    own: (tensor) => {
      tensors.push(tensor);
      return tensor;
    },
    dispose: () => backend.tf.dispose(tensors),
  };
  try {
    return networkOn(backend, await upload(backend, folded, { ...shape, own: owned.own }), shape, owned);
  } catch (error) {
    owned.dispose();
    throw error;
  }
}

/** Tensors that go when the network goes. */
interface Owned {
  readonly own: (tensor: Tensor) => Tensor;
  readonly dispose: () => void;
}

function networkOn(
  backend: TensorBackend,
  { embedding, layers, head }: Weights,
  { heads, hidden, resident }: NetworkShape,
  { own, dispose }: Owned,
): Network {
  const tf = activate(backend);
  const width = hidden / heads;
  const rotary = createRotary(tf, { width, own, resident });
  const sizes = { heads, hidden };
  const { normalise, gelu, heads: apart } = webgpuOperations(tf, sizes) ?? libraryOperations(tf, sizes, own);
  const headProducts = createHeadProducts(tf);

  const multiply = (x: Tensor, { matrix, bias }: Product): Tensor => tf.fused.matMul({ a: x, b: matrix, bias });
  /** One transformer block; `outputs` counts the last queries of each row that go on. */
  const runLayer = (layer: Layer, x: Tensor, pass: Pass, at: LayerContext): { x: Tensor; fresh: KeyValues } => {
    const { rows, queries } = pass;
    const { outputs } = at;
    const skipped = queries - outputs;
    const { q, fresh } = apart(multiply(normalise(x), layer.qkv), { rows, queries, outputs }, at.rotation);
    const attended = tf.reshape(tf.transpose(attend(tf, headProducts, q, fresh, at.cached, at.bias), [0, 2, 1, 3]), [
      rows * outputs,
      hidden,
    ]);
    const residual =
      skipped === 0
        ? x
        : tf.reshape(tf.slice(tf.reshape(x, [rows, queries, hidden]), [0, skipped, 0], [rows, outputs, hidden]), [
            rows * outputs,
            hidden,
          ]);
    const middle = tf.add(residual, multiply(attended, layer.out));
    const mlp = multiply(gelu(multiply(normalise(middle), layer.mlpIn)), layer.mlpOut);
    return { x: tf.add(middle, mlp), fresh };
  };

  const run = (pass: Pass): PassResult =>
    activate(backend).tidy(() => {
      const { rows, queries, answers, keep, past } = pass;
      const shape: BiasShape = { queries, mask: pass.mask, cached: past };
      const bias = attentionBias(tf, shape, queries);
      const lastBias = answers === queries ? bias : attentionBias(tf, shape, answers);
      const rotation = rotary(pass.positions);
      const firstOf = ({ keys, values }: KeyValues): KeyValues =>
        keep === queries
          ? { keys, values }
          : {
              keys: tf.slice(keys, [0, 0, 0, 0], [rows, heads, width, keep]),
              values: tf.slice(values, [0, 0, 0, 0], [rows, heads, keep, width]),
            };
      const kept: KeyValues[] = [];
      let x = embedding(pass.tokens);
      layers.forEach((layer, index) => {
        // Of the last block's output only the answers are read; the other queries leave their keys and values.
        const last = index === layers.length - 1;
        const at: LayerContext = {
          outputs: last ? answers : queries,
          bias: last ? lastBias : bias,
          cached: past?.layers[index] ?? null,
          rotation,
        };
        const before = x;
        const { x: after, clean } = tf.tidy(() => {
          const { x: result, fresh } = runLayer(layer, before, pass, at);
          return { x: result, clean: keep === 0 ? [] : [firstOf(fresh)] };
        });
        tf.dispose(before);
        x = after;
        kept.push(...clean);
      });
      return { logits: multiply(normalise(x), head), kept };
    });

  return { resident, run, dispose };
}

interface LayerContext {
  readonly outputs: number;
  readonly bias: Tensor | null;
  readonly cached: KeyValues | null;
  readonly rotation: Rotation;
}
