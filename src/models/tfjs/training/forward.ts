import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { sinusoidFeatures, type DitWeights, type Linear } from '../../checkpoint/weights.js';
import type { Tf } from '../backend.js';
import { additiveMask, attendClean, attendNoisy, type Projections } from './attention.js';
import { gelu, halfSwap, layerNorm, rotaryAngles, rotate, type RotaryTables } from './layers.js';

/** What the forward has to know beyond the weights. */
export interface TrainingShape {
  readonly heads: number;
  /** Sequence length L of the batches. */
  readonly length: number;
  /** Clean tokens are token-causal among themselves; otherwise causal by blocks. */
  readonly x0Causal: boolean;
}

/** A noised copy of the clean rows: tokens [B, L] (int32), and the block size that its attention follows. */
export interface NoisyView {
  readonly tokens: Tensor2D;
  readonly blockSize: number;
}

/** The network as it is trained: all positions at once, no cache. */
export interface TrainingForward {
  /**
   * Logits [B, L, V] of each view, from clean rows [B, L] and the views of them. The clean half does not
   * depend on the noisy one, so several views of the same rows share it. Differentiable in the weights.
   */
  logits(weights: DitWeights<Tensor>, clean: Tensor2D, views: readonly NoisyView[]): Tensor[];
  /** Frees masks and tables. */
  dispose(): void;
}

/**
 * The BlockGen forward over [x0 ; xt] (arXiv 2606.02241; BD3-LM, arXiv 2503.09573): noisy tokens attend to
 * their own block and to the clean tokens of earlier blocks, clean tokens only to clean ones.
 */
export function createTrainingForward(tf: Tf, shape: TrainingShape): TrainingForward {
  const { heads, length, x0Causal } = shape;
  const kept = new Map<string, Tensor>();
  const keep = (name: string, make: () => Tensor): Tensor => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const made = tf.keep(tf.tidy(make));
    kept.set(name, made);
    return made;
  };

  const earlierBlocks = (blockSize: number): Tensor =>
    keep(`earlier ${String(blockSize)}`, () =>
      additiveMask(tf, length, (query, key) => Math.floor(key / blockSize) < Math.floor(query / blockSize)),
    );
  const cleanMask = (blockSize: number): Tensor =>
    x0Causal
      ? keep('causal', () => additiveMask(tf, length, (query, key) => key <= query))
      : keep(`clean ${String(blockSize)}`, () =>
          additiveMask(tf, length, (query, key) => Math.floor(key / blockSize) <= Math.floor(query / blockSize)),
        );
  const rotary = (size: number): RotaryTables => ({
    cos: keep('cos', () => rotaryAngles(tf, length, size).cos()),
    sin: keep('sin', () => rotaryAngles(tf, length, size).sin()),
    swap: keep('swap', () => halfSwap(tf, size)),
  });

  const logits = (weights: DitWeights<Tensor>, clean: Tensor2D, views: readonly NoisyView[]): Tensor[] => {
    const [vocabulary = 0, width = 0] = weights.embedding.shape;
    const size = width / heads;
    const tables = rotary(size);
    const rows = clean.shape[0];
    const viewBlock = views[0]?.blockSize ?? 1;
    if (!x0Causal && views.some((view) => view.blockSize !== viewBlock)) {
      throw new Error('views of several block sizes need clean tokens that are token-causal');
    }

    const condition = weights.sigmaMap === null ? null : conditionAtZero(tf, weights.sigmaMap);
    /** The vectors [1, D] (shift, scale, gate, ...) of a layer; none without adaLN. */
    const modulation = (layer: Linear<Tensor> | null, vectors: number): Tensor[] =>
      condition === null || layer === null ? [] : tf.split(linear(tf, condition, layer), vectors, -1);
    const normed = (x: Tensor, weight: Tensor, shift?: Tensor, scale?: Tensor): Tensor => {
      const y = layerNorm(tf, x, weight);
      return shift === undefined || scale === undefined ? y : y.mul(scale.add(1)).add(shift);
    };

    const streams = [clean, ...views.map((view) => view.tokens)];
    // A one-hot product embeds: its gradient is a product too, which every backend has.
    const ids = tf.concat(streams, 0).flatten();
    let x: Tensor = tf.oneHot(ids.toInt(), vocabulary).toFloat().matMul(weights.embedding);
    let count = streams.length;

    const perStream = (projected: Tensor, streamCount: number): Tensor[] =>
      streamCount === 1 ? [projected] : tf.split(projected, streamCount, 0);

    for (const [index, layer] of weights.layers.entries()) {
      const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation(layer.modulation, 6);
      const qkv = normed(x, layer.norm1, shift1, scale1).matMul(layer.qkv, false, true);
      const [q, k, v] = tf.split(
        qkv
          .reshape([count * rows, length, 3, heads, size])
          .transpose([2, 0, 3, 1, 4])
          .reshape([3, -1, length, size]),
        3,
        0,
      );
      if (q === undefined || k === undefined || v === undefined) throw new Error('a packed projection has three parts');
      const flat = (y: Tensor): Tensor => y.reshape([count * rows * heads, length, size]);
      const queries = perStream(rotate(tf, flat(q), tables).div(Math.sqrt(size)), count);
      const keys = perStream(rotate(tf, flat(k), tables), count);
      const values = perStream(flat(v), count);
      const projections = queries.map((query, i): Projections => {
        const [key, value] = [keys[i], values[i]];
        if (key === undefined || value === undefined) throw new Error('every stream has keys and values');
        return { query, key, value };
      });
      const [cleanProjections, ...noisyProjections] = projections;
      if (cleanProjections === undefined) throw new Error('the first stream is the clean one');

      // The clean stream's last layer is read by nobody beyond its keys and values.
      const last = index === weights.layers.length - 1;
      const attended = noisyProjections.map((noisy, i) => {
        const blockSize = views[i]?.blockSize ?? 1;
        return attendNoisy(tf, noisy, cleanProjections, earlierBlocks(blockSize), blockSize);
      });
      if (!last) attended.unshift(attendClean(tf, cleanProjections, cleanMask(viewBlock)));
      else {
        x = x.slice([rows * length, 0]);
        count -= 1;
      }
      const joined = tf
        .concat(attended, 0)
        .reshape([count * rows, heads, length, size])
        .transpose([0, 2, 1, 3])
        .reshape([count * rows * length, width]);
      const branch1 = joined.matMul(layer.out, false, true);
      x = x.add(gate1 === undefined ? branch1 : branch1.mul(gate1));

      const hidden = linear(tf, normed(x, layer.norm2, shift2, scale2), layer.mlpIn);
      const branch2 = linear(tf, gelu(tf, hidden), layer.mlpOut);
      x = x.add(gate2 === undefined ? branch2 : branch2.mul(gate2));
    }
    const [shift, scale] = modulation(weights.finalModulation, 2);
    const out = linear(tf, normed(x, weights.finalNorm, shift, scale), weights.head);
    return perStream(out, views.length).map((y) => y.reshape([rows, length, vocabulary]));
  };

  return {
    logits,
    dispose: () => {
      for (const tensor of kept.values()) tensor.dispose();
      kept.clear();
    },
  };
}

/** x W^T + b. */
function linear(tf: Tf, x: Tensor, { weight, bias }: Linear<Tensor>): Tensor {
  return tf.matMul(x, weight, false, true).add(bias);
}

/** The adaLN condition [1, C] at sigma 0, where the sinusoid is as many ones (cosines) as zeros (sines). */
function conditionAtZero(tf: Tf, { first, second }: { first: Linear<Tensor>; second: Linear<Tensor> }): Tensor {
  const silu = (x: Tensor): Tensor => x.mul(tf.sigmoid(x));
  const half = sinusoidFeatures / 2;
  const features = tf.concat([tf.ones([1, half]), tf.zeros([1, half])], -1);
  return silu(linear(tf, silu(linear(tf, features, first)), second));
}
