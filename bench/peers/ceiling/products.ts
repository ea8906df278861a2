import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder, type Value } from '../../../src/models/onnx/graph/builder.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../../../src/models/onnx/runtime.js';
import { weightRanges, type StoredRange } from './weight-file.js';

/** How ONNX Runtime may be given a weight to multiply by; which is fastest is a question to the machine. */
export const layouts = [
  /** MatMul with [in, out], repacked by the library when it is opened. */
  'in-out',
  /** Gemm with [out, in] as checkpoints store it, repacked as well. */
  'out-in',
  /** MatMul with [in, out], read where it lies. */
  'in-out-unpacked',
] as const;
export type Layout = (typeof layouts)[number];

export interface NetworkShape {
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  readonly vocabularySize: number;
}

/** One forward's shape: `rows` rows of `block` tokens behind `cached` ones. */
export interface ProductCase {
  readonly rows: number;
  readonly cached: number;
  readonly block: number;
  /** How many of a row's tokens logits are computed for. */
  readonly answers: number;
  /** Whether the products of attention are done too: q k^T and p v of every layer. */
  readonly attention: boolean;
}

/** Nothing but the matrix products of a forward, in their order, each with weights (and keys and values) of its own. */
export interface Products {
  /** Gives a function that does them once, with buffers that were made beforehand. */
  prepare(at: ProductCase): () => Promise<unknown>;
  dispose(): Promise<void>;
}

interface Weight {
  readonly name: string;
  readonly into: number;
  readonly out: number;
}

/** The products of one transformer block, by the published names of their weights. */
const weightsOf = (layer: number, hidden: number) =>
  ({
    qkv: { name: `blocks.${layer}.attn_qkv.weight`, into: hidden, out: 3 * hidden },
    out: { name: `blocks.${layer}.attn_out.weight`, into: hidden, out: hidden },
    mlpIn: { name: `blocks.${layer}.mlp.0.weight`, into: hidden, out: 4 * hidden },
    mlpOut: { name: `blocks.${layer}.mlp.2.weight`, into: 4 * hidden, out: hidden },
  }) satisfies Record<string, Weight>;

/**
 * Opens the graph of products on a checkpoint in 32 bits. Where the layout wants a matrix the other way round, its
 * bytes are read as if they were: values decide nothing here.
 */
export async function openProducts(
  folder: string,
  shape: NetworkShape,
  { layout, threads }: { readonly layout: Layout; readonly threads: number },
): Promise<Products> {
  const runtime = await loadOnnxRuntime();
  const file = 'model.safetensors';
  const graph = productGraph(shape, layout, file, await weightRanges(join(folder, file)));
  const session = await runtime.InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: {
      session: {
        model_external_initializers_file_folder_path: await realpath(folder),
        ...(layout === 'in-out-unpacked' ? { disable_prepacking: '1' } : {}),
      },
    },
  });
  return {
    prepare: (at) => {
      const { feeds, results } = tensorsFor(runtime, shape, at);
      return () => session.run(feeds, results);
    },
    dispose: () => session.release(),
  };
}

function productGraph(
  { layers, heads, hidden, vocabularySize }: NetworkShape,
  layout: Layout,
  location: string,
  ranges: ReadonlyMap<string, StoredRange>,
): Uint8Array {
  const graph = new GraphBuilder();
  const width = hidden / heads;
  const multiply = (x: Value, { name, into, out }: Weight): Value => {
    const range = ranges.get(name);
    if (range === undefined) throw new Error(`the checkpoint has no ${name}`);
    const data = { location, offset: range.offset, length: range.length };
    return layout === 'out-in'
      ? graph.add('Gemm', [x, graph.external(name, 'float32', [out, into], data)], { transB: 1n })
      : graph.add('MatMul', [x, graph.external(name, 'float32', [into, out], data)]);
  };
  let x = graph.input('x', 'float32', ['tokens', hidden]);
  let q = graph.input('q', 'float32', ['rows', heads, 'block', width]);
  for (let layer = 0; layer < layers; layer += 1) {
    const weights = weightsOf(layer, hidden);
    graph.output(`qkv.${layer}`, multiply(x, weights.qkv), 'float32', ['tokens', 3 * hidden]);
    const keys = graph.input(`keys.${layer}`, 'float32', ['rows', heads, width, 'keys']);
    const values = graph.input(`values.${layer}`, 'float32', ['rows', heads, 'keys', width]);
    q = graph.add('MatMul', [graph.add('MatMul', [q, keys]), values]);
    x = multiply(multiply(multiply(x, weights.out), weights.mlpIn), weights.mlpOut);
  }
  graph.output('attended', q, 'float32', ['rows', heads, 'block', width]);
  const head = { name: 'output_layer.linear.weight', into: hidden, out: vocabularySize };
  graph.output('last', x, 'float32', ['tokens', hidden]);
  const answered = graph.input('answered', 'float32', ['answers', hidden]);
  graph.output('logits', multiply(answered, head), 'float32', ['answers', vocabularySize]);
  return graph.encode();
}

/** Inputs, and buffers for what comes out: fresh ones of that size would cost more than some of the products. */
function tensorsFor(
  { Tensor: Tensors }: OnnxRuntime,
  { layers, heads, hidden, vocabularySize }: NetworkShape,
  { rows, cached, block, answers, attention }: ProductCase,
): { readonly feeds: InferenceSession.FeedsType; readonly results: Record<string, Tensor> } {
  const tokens = rows * block;
  const width = hidden / heads;
  const keys = cached + block;
  // Without rows attention has nothing to do.
  const attending = attention ? rows : 0;
  // Keys and values of about this size keep the sums of one layer after the other near 1.
  const spread = Math.sqrt(3 / Math.sqrt(width * keys));
  const random = (dims: readonly number[], size = 1): Tensor =>
    new Tensors(
      'float32',
      Float32Array.from({ length: product(dims) }, () => size * (2 * Math.random() - 1)),
      dims,
    );
  const empty = (dims: readonly number[]): Tensor => new Tensors('float32', new Float32Array(product(dims)), dims);
  const feeds: Record<string, Tensor> = {
    x: random([tokens, hidden]),
    answered: random([rows * answers, hidden]),
    q: random([attending, heads, block, width]),
  };
  const results: Record<string, Tensor> = {
    last: empty([tokens, hidden]),
    logits: empty([rows * answers, vocabularySize]),
    attended: empty([attending, heads, block, width]),
  };
  const qkv = empty([tokens, 3 * hidden]);
  for (let layer = 0; layer < layers; layer += 1) {
    feeds[`keys.${layer}`] = random([attending, heads, width, keys], spread);
    feeds[`values.${layer}`] = random([attending, heads, keys, width], spread);
    results[`qkv.${layer}`] = qkv;
  }
  return { feeds, results };
}

const product = (dims: readonly number[]): number => dims.reduce((all, size) => all * size, 1);
