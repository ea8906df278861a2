import { expect, it } from 'vitest';
import { deviceFault, tellingFaults } from '../../../../src/models/onnx/network/fault.js';
import { oneToken } from '../../../../src/models/onnx/network/tried.js';
import { NaiveNetwork } from '../support/naive-network.js';

it.each(['WebGPU device lost (2): The device was destroyed.', 'Failed to download data from buffer: Device lost'])(
  'says what to do about a device that is gone: %s',
  (line) => {
    const fault = deviceFault(new Error(`${line}\n    at somewhere`), 'webgpu');
    expect(fault.message).toMatch(/^The webgpu device was lost, .*open the model again, .*backend onnx/);
    expect(fault.message).toContain(`(${line})`);
  },
);

it.each([
  'Failed to create GPU buffer: size=123, usage=140.',
  'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.',
  'Buffer size (3185049600) exceeds the max buffer size limit (1073741824).',
  'VK_ERROR_OUT_OF_DEVICE_MEMORY',
  'bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 4294967296',
  'CUDA failure 2: out of memory ; GPU=0',
  'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0',
])('says what takes less memory: %s', (line) => {
  expect(deviceFault(new Error(line), 'webgpu').message).toMatch(/no room.*--max-rows.*--max-cache.*backend onnx/);
});

it.each([
  'Non-zero status code returned while running Gather node.',
  'Failed to create a WebGPU compute pipeline: 16-bit numbers',
])('leaves alone what it does not know: %s', (line) => {
  const cause = new Error(line);
  expect(deviceFault(cause, 'webgpu')).toBe(cause);
});

it('says so of a pass of a network whose data is on the host', async () => {
  const network = new NaiveNetwork();
  network.before = () => {
    throw new Error('CUDA failure 2: out of memory');
  };
  await expect(tellingFaults(network, 'cuda').run(oneToken(network))).rejects.toThrow(
    /cuda device has no room.*--max-rows/,
  );
});
