import type { Precision } from '../../../../src/models/backends.js';
import { placeOf, withCheckpoint } from '../../../../src/models/checkpoint/folder.js';
import { manifestOf } from '../../../../src/models/manifest-of.js';
import { OnnxDenoiser } from '../../../../src/models/onnx/denoiser.js';
import type { DeviceProvider } from '../../../../src/models/onnx/device/device.js';
import { openDevice, type OpenedDevice } from '../../../../src/models/onnx/device/open.js';
import { Engine } from '../../../../src/models/onnx/engine/engine.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';

export interface DeviceModel {
  readonly denoiser: OnnxDenoiser;
  readonly opened: OpenedDevice;
}

/**
 * A checkpoint as on a device, with its engine in this thread. On the provider `cpu` the processor runs the very graphs of a device,
 * over arrays that stand for its memory.
 */
export async function openOnDevice(
  folder: string,
  provider: DeviceProvider = 'cpu',
  precision: Precision = 'fp32',
): Promise<DeviceModel> {
  const runtime = await loadOnnxRuntime();
  return withCheckpoint(folder, async (checkpoint) => {
    const manifest = manifestOf(checkpoint, placeOf(folder), null);
    const opened = await openDevice(runtime, checkpoint, { provider, precision, maskId: manifest.maskId });
    const engine = new Engine(opened.machine, opened.answerer);
    return { denoiser: new OnnxDenoiser(engine, opened.machine.size, manifest), opened };
  });
}
