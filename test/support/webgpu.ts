import { describe } from 'vitest';
import { quietly } from '../../src/models/quietly.js';

async function findAdapter(): Promise<boolean> {
  try {
    const { create } = await import('webgpu');
    return (await quietly(() => create([]).requestAdapter())) !== null;
  } catch {
    return false;
  }
}

/** Whether Dawn finds a device for WebGPU on this machine; a software one, named in VK_ICD_FILENAMES, is as good. */
export const webgpuIsThere = await findAdapter();

const inVain = 'no WebGPU adapter here; VK_ICD_FILENAMES can name a software one';

/** `describe` for tests that need a WebGPU device: where there is none they are skipped, and the title says why. */
export function describeOnWebgpu(title: string, tests: () => void): void {
  describe.skipIf(!webgpuIsThere)(webgpuIsThere ? title : `${title} (${inVain})`, tests);
}
