import { describe, expect, it } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import { openDevice, type DeviceSource } from '../../../../src/models/tfjs/webgpu/device.js';

const limits = {
  maxBufferSize: 11,
  maxStorageBufferBindingSize: 12,
  maxStorageBuffersPerShaderStage: 13,
  maxComputeWorkgroupStorageSize: 14,
  maxComputeWorkgroupsPerDimension: 15,
  maxComputeWorkgroupSizeX: 16,
  maxComputeInvocationsPerWorkgroup: 17,
};
const dawn = {
  vendor: 'nvidia',
  architecture: 'hopper',
  device: 'nvidia-h100-80gb-hbm3-',
  description: 'NVIDIA: 550.54',
  isFallbackAdapter: false,
};

/** An adapter that gives what is asked for as its device. */
function source(info: object, features: string[] = [], fails?: Error): DeviceSource & { asked: unknown[] } {
  const asked: unknown[] = [];
  const requestDevice = (descriptor: unknown) =>
    fails === undefined ? Promise.resolve(descriptor) : Promise.reject(fails);
  const adapter = { info, limits: { ...limits, maxTextureDimension1D: 1 }, features: new Set(features), requestDevice };
  return {
    asked,
    requestAdapter: (options) => {
      asked.push(options);
      return Promise.resolve(adapter as unknown as GPUAdapter);
    },
  };
}

describe('opening a device', () => {
  it('asks the fastest adapter for all that its limits allow', async () => {
    const gpu = source(dawn, ['shader-f16', 'timestamp-query']);
    const { device } = await openDevice(gpu, 'do this.');
    expect(gpu.asked).toEqual([{ powerPreference: 'high-performance' }]);
    expect(device).toEqual({ requiredLimits: limits, requiredFeatures: ['timestamp-query'] });
    expect((await openDevice(source(dawn), '')).device).toMatchObject({ requiredFeatures: [] });
  });

  it('has a name for people', async () => {
    const nameOf = async (info: object): Promise<string> => (await openDevice(source({ ...dawn, ...info }), '')).name;
    expect(await nameOf({})).toBe('nvidia h100 80gb hbm3, NVIDIA: 550.54');
    expect(await nameOf({ device: '', description: '' })).toBe('nvidia hopper');
    expect(await nameOf({ device: '', description: '', vendor: '', architecture: '' })).toBe('unnamed device');
    expect(await nameOf({ description: '', isFallbackAdapter: true })).toBe('nvidia h100 80gb hbm3, in software');
  });

  it('says what to do where there is none', async () => {
    const none = openDevice({ requestAdapter: () => Promise.resolve(null) }, 'do this.');
    await expect(none).rejects.toThrow(InputError);
    await expect(none).rejects.toThrow(/finds no graphics device on this machine: do this\.$/);
  });

  it('says what to do where it cannot be opened', async () => {
    const refused = openDevice(source(dawn, [], new Error('too many devices ')), 'do this.');
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(/nvidia h100.* can't be opened \(too many devices\): do this\.$/);
  });
});
