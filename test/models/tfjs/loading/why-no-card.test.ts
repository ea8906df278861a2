import { describe, expect, it } from 'vitest';
import { whyNoCard, whyNoGpu } from '../../../../src/models/tfjs/loading/why-no-card.js';

const driver = (version: string) => (): Promise<string> =>
  Promise.resolve(
    `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${version}  Release Build\nGCC version:  gcc version 12.2.0\n`,
  );
const none = (): Promise<string> => Promise.reject(new Error('ENOENT'));
const gpu = '@tensorflow/tfjs-node-gpu' as const;

describe('of a build with CUDA no GPU computes, since', () => {
  it('the driver is missing', async () => {
    expect(await whyNoGpu(none)).toMatch(/525\.60\.13 or newer; no driver is loaded/);
  });

  it.each(['470.256.02', '525.60.11', '525.59.99'])('the driver %s is too old', async (version) => {
    expect(await whyNoGpu(driver(version))).toContain(`and the one here is ${version}.`);
  });

  it.each(['525.60.13', '525.105.17', '535.54.03', '1000.1'])('the driver %s is not the reason', async (version) => {
    expect(await whyNoGpu(driver(version))).toMatch(/The driver is there \(\d.*TF_CPP_MIN_LOG_LEVEL=0/);
  });
});

describe('an installation computes on the processor,', () => {
  it('which one for cards explains, whoever has built it', async () => {
    expect(await whyNoCard({ package: gpu, variant: 'cuda' }, driver('470.1'))).toContain('the one here is 470.1');
    expect(await whyNoCard({ package: gpu, variant: 'cuda' }, none)).toContain('525.60.13');
    // The published package has another CUDA, with a driver of its own.
    expect(await whyNoCard({ package: gpu }, none)).toMatch(/its documentation names; no driver is loaded here/);
    expect(await whyNoCard({ package: gpu }, driver('470.1'))).toMatch(
      /documentation names\. The driver is there \(470/,
    );
  });

  it.each([
    [{ package: gpu, variant: 'cpu' }, /^This build .* --cuda`/],
    [{ package: '@tensorflow/tfjs-node' }, /^tfjs-node computes on processors only: .* --cuda`/],
  ] as const)('as %o always does: of note where there is a card', async (installation, said) => {
    expect(await whyNoCard(installation, none)).toBeNull();
    expect(await whyNoCard(installation, driver('580.1'))).toMatch(said);
  });
});
