import { describe } from 'vitest';
import { Device } from '../../../../src/models/onnx/device/device.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';

async function find(): Promise<boolean> {
  try {
    const device = await Device.open(await loadOnnxRuntime(), 'webgpu');
    await device.dispose();
    return true;
  } catch {
    return false;
  }
}

const isThere = await find();

/** `describe` for tests that need a device of ONNX Runtime's WebGPU provider. Whoever imports it has that looked for. */
export function describeOnOnnxWebgpu(title: string, tests: () => void): void {
  const skipped = `${title} (ONNX Runtime finds no WebGPU device here; VK_ICD_FILENAMES can name a software one)`;
  describe.skipIf(!isThere)(isThere ? title : skipped, tests);
}
