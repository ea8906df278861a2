import type { Tensor } from '@tensorflow/tfjs-core';
import type { FoldedLinear, FoldedWeights, Later } from '../../checkpoint/fold.js';
import { activate, type TensorBackend, type Tf } from '../backend.js';
import { closed, layoutOf } from '../device/layout.js';
import { heldEmbedding, residentEmbedding, type Embedding } from './embedding.js';

/** x matrix + bias, for matrix [in, out] and bias [out]. */
export interface Product {
  readonly matrix: Tensor;
  readonly bias: Tensor;
}

/** The products of one transformer block. */
export interface Layer {
  readonly qkv: Product;
  readonly out: Product;
  readonly mlpIn: Product;
  readonly mlpOut: Product;
}

export interface Weights {
  readonly embedding: Embedding;
  readonly layers: readonly Layer[];
  readonly head: Product;
}

export interface UploadOptions {
  /** Takes charge of the tensors that live as long as the network. */
  readonly own: (tensor: Tensor) => Tensor;
  /**
   * Everything that a pass looks up stays on the device, and the vocabulary is padded to whole segments, which is how questions are
   * answered there.
   */
  readonly resident: boolean;
  readonly hidden: number;
}

/** Puts the weights on the device one by one, so that only one is in memory twice. Throws what the backend throws where they find no room. */
export async function upload(
  backend: TensorBackend,
  folded: FoldedWeights,
  { own, resident, hidden }: UploadOptions,
): Promise<Weights> {
  const kept = (tensor: Tensor): Tensor => {
    own(tensor);
    backend.place?.(tensor);
    return tensor;
  };
  const product = async (make: Later<FoldedLinear>): Promise<Product> => {
    const { matrix, bias, into, out } = await make();
    // Somebody may have used another backend in the meantime.
    const tf = activate(backend);
    return { matrix: kept(tf.tensor2d(matrix, [into, out])), bias: kept(tf.tensor1d(bias)) };
  };
  // The largest comes first, while there is nothing else.
  const head = await product(resident ? async () => paddedHead(await folded.head()) : folded.head);
  const rows = await folded.embedding();
  const tf = activate(backend);
  const embedding = resident
    ? residentEmbedding(tf, kept(tf.tensor2d(rows, [rows.length / hidden, hidden])))
    : heldEmbedding(tf, rows, hidden);
  const layers: Layer[] = [];
  for (const { qkv, out, mlpIn, mlpOut } of folded.layers) {
    layers.push({
      qkv: await product(qkv),
      out: await product(out),
      mlpIn: await product(mlpIn),
      mlpOut: await product(mlpOut),
    });
  }
  // What a device had no room for is known when anything that came later has been read.
  if (backend.place !== undefined) await readOne(activate(backend), head.bias);
  return { embedding, layers, head };
}

async function readOne(tf: Tf, of: Tensor): Promise<void> {
  const one = tf.tidy(() => tf.slice(of, [0], [1]));
  try {
    await one.data();
  } finally {
    one.dispose();
  }
}

/** The head with tokens behind the vocabulary that cannot be. */
function paddedHead({ matrix, bias, into, out }: FoldedLinear): FoldedLinear {
  const { columns } = layoutOf(out);
  if (columns === out) return { matrix, bias, into, out };
  const padded = new Float32Array(into * columns);
  for (let row = 0; row < into; row += 1) padded.set(matrix.subarray(row * out, (row + 1) * out), row * columns);
  const closedBias = new Float32Array(columns).fill(closed, out);
  closedBias.set(bias);
  return { matrix: padded, bias: closedBias, into, out: columns };
}
