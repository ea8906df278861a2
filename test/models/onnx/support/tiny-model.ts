import { Worker } from 'node:worker_threads';
import type { ReadOptions } from '../../../../src/models/checkpoint/pieces.js';
import { OnnxDenoiser } from '../../../../src/models/onnx/denoiser.js';
import { connect } from '../../../../src/models/onnx/worker-client.js';
import { tinyManifest } from './local-model.js';
import { tinyEngine } from './tiny-engine.js';

/** A denoiser whose engine is in a thread that behaves as `folder` says. */
export async function openTiny(folder: string, reading: ReadOptions = {}): Promise<OnnxDenoiser> {
  const worker = new Worker(new URL('./tiny-worker.ts', import.meta.url));
  const options = { folder, ...tinyEngine };
  const { transport, size } = await connect(worker, options, reading);
  return new OnnxDenoiser(transport, size, tinyManifest);
}
