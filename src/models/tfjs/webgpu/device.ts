import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';

/** Where devices are asked for: `navigator.gpu` of pages. */
export type DeviceSource = Pick<GPU, 'requestAdapter'>;

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  /** The device in words. */
  readonly name: string;
}

/**
 * What the library's shaders are planned with, as far as the adapter goes: without being asked, a device has the least that the
 * standard allows, which is 128 MiB for a matrix.
 */
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Times kernels, where somebody wants to. */
const timing: GPUFeatureName = 'timestamp-query';

/**
 * The fastest device, with everything that the library makes use of.
 *
 * @param remedy What a person can do where there is no device: the end of a sentence.
 * @throws InputError where there is none, or where it can't be opened.
 */
export async function openDevice(gpu: DeviceSource, remedy: string): Promise<OpenDevice> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new InputError(`WebGPU finds no graphics device on this machine: ${remedy}`);
  const name = nameOf(adapter.info);
  const requiredLimits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
  const requiredFeatures = adapter.features.has(timing) ? [timing] : [];
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures }).catch((cause: unknown) => {
    throw new InputError(`The graphics device ${name} can't be opened (${messageOf(cause).trim()}): ${remedy}`, {
      cause,
    });
  });
  return { device, info: adapter.info, name };
}

/** Browsers keep back all but the maker and the family; Dawn has the model as a slug and the driver as it calls itself. */
function nameOf({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): string {
  const model = device.replaceAll(/[-\s]+/g, ' ').trim() || `${vendor} ${architecture}`.trim();
  const words = [model, description].filter((word) => word !== '');
  return (words.length === 0 ? ['unnamed device'] : words).concat(isFallbackAdapter ? 'in software' : []).join(', ');
}
