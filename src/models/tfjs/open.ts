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
}

/** A checkpoint for decoding. */
export async function openTfjsDenoiser(
  backend: TensorBackend,
  checkpoint: OpenCheckpoint,
  manifest: ModelManifest,
  { limits, ...options }: TfjsOptions = {},
): Promise<TfjsDenoiser> {
  const { layers, hidden } = checkpoint.shape;
  const bytesPerToken = 2 * layers * hidden * Float32Array.BYTES_PER_ELEMENT;
  return denoiserOn(backend, await networkOf(backend, checkpoint, options), manifest, {
    ...options,
    limits,
    cacheBytes: (tokens) => (manifest.causality === 'bidirectional' ? 0 : capacityFor(tokens) * bytesPerToken),
  });
}

/** A denoiser over a network that was made with the same options. */
export const denoiserOn = (
  backend: TensorBackend,
  network: Network,
  manifest: ModelManifest,
  {
    questions,
    ...options
  }: Pick<NetworkOptions, 'questions'> & Pick<TfjsDenoiserOptions, 'limits' | 'cacheBytes'> = {},
): TfjsDenoiser =>
  new TfjsDenoiser(backend, network, manifest, {
    ...options,
    answering: (owner) =>
      onDevice(backend, questions)
        ? new DeviceAnswering(backend, owner, manifest)
        : new HostAnswering(backend, owner, manifest),
  });
