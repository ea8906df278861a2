import { lastValueFrom, take } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { run } from '../../../../src/runtime/run.js';
import { pipeline } from '../../../support/pipelines.js';
import { small } from '../../../support/small.js';
import { writeModel, type Tensors } from '../../support/random-model.js';
import { openOnDevice, type DeviceModel } from '../support/device-model.js';

const tiny = { hidden: 16, heads: 2, layers: 2, vocabulary: 200, length: 64 };

describe('arrays on a device', () => {
  const open: DeviceModel[] = [];
  afterEach(async () => {
    for (const { denoiser, opened } of open.splice(0)) {
      await denoiser.end();
      expect(opened.device.counters).toMatchObject({ arrays: 0, bytes: 0 });
    }
  });

  async function opened(edit?: (tensors: Tensors) => void): Promise<DeviceModel> {
    const model = await openOnDevice(await writeModel(tiny, edit));
    open.push(model);
    return model;
  }

  /** Runs a pipeline; `events` of it, and then it is cancelled. */
  async function decode({ denoiser }: DeviceModel, name: string, events = Infinity): Promise<string> {
    const request = { model: { denoiser, tokenizer: null }, ...small(name, 24), seed: 5, rows: 3 };
    const last = await lastValueFrom(run(pipeline(name), request).pipe(take(events))).catch((error: unknown) => error);
    // A cancelled run lets go of what a forward under way still uses when that is back.
    while (denoiser.live > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return last instanceof Error ? last.message : JSON.stringify(last);
  }

  it('are none of the rows any more after whole runs and cancelled ones', async () => {
    const model = await opened();
    // Those for new tokens, and two for logits, are kept for the next pass.
    const most = 2 * tiny.layers + 1 + 2;
    for (const [name, events] of [['arpc'], ['ar'], ['arpc', 3], ['block-ancestral', 2]] as const) {
      const last = await decode(model, name, events);
      if (events === undefined) expect(last).toContain('finished');
      const usage = await model.denoiser.usage();
      expect(usage).toMatchObject({ handles: 0, slots: 0, bytes: 0, predictions: 0, buffers: 0 });
      expect(model.opened.device.counters.arrays).toBeLessThanOrEqual(most);
    }
  });

  it.each(['keys', 'logits'])('are none of rows that fail: %s that are not finite', async (what) => {
    const model = await opened((tensors) => {
      const name = what === 'keys' ? /qkv/ : /output_layer.linear.weight/;
      for (const [key, { data }] of tensors) if (name.test(key)) data.fill(3e38);
    });
    expect(await decode(model, 'arpc')).toContain('not finite');
    expect(await model.denoiser.usage()).toMatchObject({ handles: 0, slots: 0, bytes: 0, predictions: 0, buffers: 0 });
  });
});
