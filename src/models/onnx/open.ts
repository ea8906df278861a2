import type { ModelManifest } from '../../graph/manifest.js';
import type { OnnxChoice } from '../backend-choice.js';
import type { OnnxBackendName } from '../backends.js';
import type { ReadOptions } from '../checkpoint/pieces.js';
import type { Limits } from '../denoiser.js';
import { OnnxDenoiser } from './denoiser.js';
import { availableMemory } from '../free-memory.js';
import type { EngineOptions } from './engine/open.js';
import type { Provider } from './network/provider.js';
import { openRemoteEngine } from './worker-client.js';

const providerOf = {
  onnx: 'cpu',
  'onnx-webgpu': 'webgpu',
  'onnx-cuda': 'cuda',
} as const satisfies Record<OnnxBackendName, Provider>;

/** What a device is taken to have room for, since nothing says how much memory it has. */
const deviceBytes = 2 * 2 ** 30;

/** What keys and values may take where nobody says it: rows that wait are better than a process that is killed. */
const cacheBytesByDefault = (provider: Provider): number =>
  Math.min(availableMemory() / 2, provider === 'webgpu' ? deviceBytes : Infinity);

/** How a network is opened for what a person chose. */
export const networkOptionsOf = ({
  backend,
  precision,
  threads,
}: OnnxChoice): Omit<EngineOptions, 'folder' | 'maskId'> => ({
  provider: providerOf[backend],
  precision,
  threads,
});

export interface OnnxOptions extends ReadOptions {
  readonly limits?: Limits | undefined;
}

/** A checkpoint folder for decoding, in a thread of its own. */
export async function openOnnxDenoiser(
  folder: string,
  choice: OnnxChoice,
  manifest: ModelManifest,
  { limits, ...reading }: OnnxOptions = {},
): Promise<OnnxDenoiser> {
  const options = { folder, ...networkOptionsOf(choice), maskId: manifest.maskId };
  const { transport, size } = await openRemoteEngine(options, reading);
  return new OnnxDenoiser(transport, size, manifest, {
    ...limits,
    cacheBytes: limits?.cacheBytes ?? cacheBytesByDefault(options.provider),
  });
}
