import type { ModelManifest } from '../../graph/manifest.js';
import { checkedPass } from '../checkpoint/checked-pass.js';
import type { OpenCheckpoint } from '../checkpoint/checkpoint.js';
import { foldWeights } from '../checkpoint/fold.js';
import type { ReadOptions } from '../checkpoint/pieces.js';
import type { TensorEntry } from '../checkpoint/safetensors-header.js';
import { matricesOf, readVectors } from '../checkpoint/vectors.js';
import type { Limits } from '../denoiser.js';
import { capacityFor } from './network/attention.js';
import type { TensorBackend } from './backend.js';
import { TfjsDenoiser, type TfjsDenoiserOptions } from './denoiser.js';
import { DeviceAnswering } from './device/answering.js';
import { HostAnswering } from './host-answering.js';
import { createNetwork, type Network } from './network/network.js';
import { workingBytes } from './network/working-memory.js';
import type { PassBound } from './plan.js';

export interface NetworkOptions extends ReadOptions {
  /**
   * Where questions about logits are answered: on a device nothing of the size of the vocabulary leaves it, and what passes look up stays
   * there as well. Left out, on the device of a GPU, and on the host elsewhere.
   */
  readonly questions?: 'host' | 'device' | undefined;
}

/**
 * A checkpoint's network with its weights on the device. The file is gone over once and its matrices are then read one by
 * one, so that beside the network memory holds the largest of them. Throws an `InputError` for numbers that are not finite.
 */
export async function networkOf(
  backend: TensorBackend,
  checkpoint: OpenCheckpoint,
  { progress, questions, ...reading }: NetworkOptions = {},
): Promise<Network> {
  const { config, shape, weights, file } = checkpoint;
  const once = bytesOf(file.entries.values());
  const total = once + bytesOf(matricesOf(weights));
  await checkedPass(file, { ...reading, progress: (done) => progress?.(done, total) });
  let done = once;
  const matrix = async ({ name, length }: TensorEntry): Promise<Float32Array> => {
    const data = await file.read(name, reading);
    done += length;
    progress?.(done, total);
    return data;
  };
  const numbers = { vector: await readVectors(checkpoint, reading.signal), matrix };
  const heads = config.n_heads;
  return createNetwork(backend, foldWeights(weights, shape, heads, numbers), {
    heads,
    hidden: shape.hidden,
    resident: onDevice(backend, questions),
  });
}

const onDevice = ({ device }: TensorBackend, questions: NetworkOptions['questions']): boolean =>
  (questions ?? (device === 'gpu' ? 'device' : 'host')) === 'device';

function bytesOf(entries: Iterable<TensorEntry>): number {
  let bytes = 0;
  for (const { length } of entries) bytes += length;
  return bytes;
}

export interface TfjsOptions extends NetworkOptions {
  readonly limits?: Limits | undefined;
  /** Bytes of memory that the process may still take, asked when the weights are there; left out where nobody can tell. */
  readonly freeMemory?: () => number;
}

/** A checkpoint for decoding. */
export async function openTfjsDenoiser(
  backend: TensorBackend,
  checkpoint: OpenCheckpoint,
  manifest: ModelManifest,
  { limits, freeMemory, ...options }: TfjsOptions = {},
): Promise<TfjsDenoiser> {
  const { layers, hidden } = checkpoint.shape;
  const bytesPerToken = 2 * layers * hidden * Float32Array.BYTES_PER_ELEMENT;
  const network = await networkOf(backend, checkpoint, options);
  return denoiserOn(backend, network, manifest, {
    ...options,
    limits: { ...limits, cacheBytes: limits?.cacheBytes ?? cacheBytesByDefault(backend, freeMemory?.()) },
    cacheBytes: (tokens) => (manifest.causality === 'bidirectional' ? 0 : capacityFor(tokens) * bytesPerToken),
    ...(backend.device === 'cpu' && { passes: boundOf(checkpoint) }),
  });
}

/** What a pass may take on a processor: enough for rows to gain nothing by more company. */
const passBytes = 512 * 2 ** 20;

const boundOf = ({ config, shape }: Pick<OpenCheckpoint, 'config' | 'shape'>): PassBound => ({
  most: passBytes,
  rowBytes: (row) => workingBytes({ ...shape, heads: config.n_heads }, row),
});

/**
 * What keys and values may take where nobody says it, on a processor: rows that wait are better than a run that fails. Half of the memory
 * that there is. Each step has those of before and those of after at once, and what WebAssembly addresses has to hold the weights twice, as
 * they are and prepared for their products.
 */
function cacheBytesByDefault(
  { tf, device, addressable = Infinity }: TensorBackend,
  free = Infinity,
): number | undefined {
  if (device === 'gpu') return undefined;
  const room = Math.min(free / 2, addressable - 2 * tf.memory().numBytes - passBytes);
  return room === Infinity ? undefined : Math.max(1, Math.floor(room / 2));
}

/** A denoiser over a network that was made with the same options. */
export const denoiserOn = (
  backend: TensorBackend,
  network: Network,
  manifest: ModelManifest,
  { questions, ...options }: Pick<NetworkOptions, 'questions'> & Omit<TfjsDenoiserOptions, 'answering'> = {},
): TfjsDenoiser =>
  new TfjsDenoiser(backend, network, manifest, {
    ...options,
    answering: (owner) =>
      onDevice(backend, questions)
        ? new DeviceAnswering(backend, owner, manifest)
        : new HostAnswering(backend, owner, manifest),
  });
