import { afterEach, expect, it, vi } from 'vitest';
import { quietly, quietlyMeanwhile } from '../../src/models/quietly.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const seen = (): string | undefined => process.env['XDG_RUNTIME_DIR'];

it.runIf(process.platform === 'linux')('names a folder for sockets while it looks, and leaves no trace', () => {
  vi.stubEnv('XDG_RUNTIME_DIR', undefined);
  expect(quietly(seen)).toBe('/');
  expect('XDG_RUNTIME_DIR' in process.env).toBe(false);
  expect(() =>
    quietly(() => {
      throw new Error('no device');
    }),
  ).toThrow('no device');
  expect('XDG_RUNTIME_DIR' in process.env).toBe(false);
});

it("leaves the user's own alone", () => {
  vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/7');
  expect(quietly(seen)).toBe('/run/user/7');
  expect(seen()).toBe('/run/user/7');
});

it.runIf(process.platform === 'linux')('does so for as long as looking takes', async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', undefined);
  const slow = async (): Promise<string | undefined> => {
    await Promise.resolve();
    return seen();
  };
  expect(await quietlyMeanwhile(slow)).toMatch(/^\//);
  await expect(quietlyMeanwhile(() => Promise.reject(new Error('no device')))).rejects.toThrow('no device');
  expect('XDG_RUNTIME_DIR' in process.env).toBe(false);
});

it.runIf(process.platform === 'linux')(
  'does so for all that look at the same time, until the last is done',
  async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', undefined);
    let end = (): void => undefined;
    const first = quietlyMeanwhile(() => new Promise<void>((resolve) => (end = resolve)));
    const second = quietlyMeanwhile(async () => {
      end();
      await first;
      return seen();
    });
    expect(await second).toBe('/');
    expect('XDG_RUNTIME_DIR' in process.env).toBe(false);
  },
);
