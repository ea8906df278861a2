import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadBrowserBackend, whyNotWebgpu } from '../../src/models/tfjs/loading/browser.js';
import * as start from '../../src/models/tfjs/webgpu/start.js';

vi.mock(import('../../src/models/tfjs/webgpu/start.js'), { spy: true });

const adapter = (isFallbackAdapter: boolean) => ({ info: { isFallbackAdapter } });
const browserWith = (gpu: unknown, isSecureContext = true) => {
  vi.stubGlobal('navigator', { gpu });
  vi.stubGlobal('isSecureContext', isSecureContext);
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('whether to take WebGPU unasked', () => {
  it('yes on a graphics card', async () => {
    browserWith({ requestAdapter: () => Promise.resolve(adapter(false)) });
    expect(await whyNotWebgpu()).toBeNull();
  });

  it.each([
    ['no WebGPU', undefined, true, /has no WebGPU, or it is switched off/],
    ['a page that came by http', undefined, false, /only to pages that come by https or from localhost/],
    ['no adapter', { requestAdapter: () => Promise.resolve(null) }, true, /finds no graphics card/],
    ['a device in software', { requestAdapter: () => Promise.resolve(adapter(true)) }, true, /in software/],
    ['a fault', { requestAdapter: () => Promise.reject(new Error('a crash')) }, true, /does not start \(a crash\)/],
  ])('no where there is %s', async (_name, gpu, secure, why) => {
    browserWith(gpu, secure);
    expect(await whyNotWebgpu()).toMatch(why);
  });

  it('a worker without a navigator has none', async () => {
    vi.stubGlobal('navigator', undefined);
    expect(await whyNotWebgpu()).toMatch(/has no WebGPU/);
  });
});

it('WebGPU that was asked for and is not there is an error that names another way', async () => {
  browserWith(undefined);
  await expect(loadBrowserBackend('webgpu')).rejects.toThrow(
    /^A model cannot be opened on webgpu here \(this browser has no WebGPU.*\): leave the backend out, or take wasm\.$/,
  );
});

it('what it says of a device that has no room names what a page has, which is no command line', async () => {
  browserWith({ requestAdapter: () => Promise.resolve(null) });
  await expect(loadBrowserBackend('webgpu')).rejects.toThrow(/leave the backend out, or take wasm\.$/);
  expect(vi.mocked(start.startWebgpu).mock.lastCall?.[0].limits).toEqual({
    rows: 'limits.rows',
    cacheBytes: 'limits.cacheBytes',
  });
});
