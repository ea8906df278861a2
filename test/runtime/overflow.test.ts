import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/models/denoiser.js';
import { openModel } from '../../src/models/open-model.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { smallModel, writeModel } from '../models/support/random-model.js';
import { pipeline } from '../support/pipelines.js';

const blockSize = 4;
const blocks = 5;

const runOn = (model: Model): Promise<RunEvent> =>
  lastValueFrom(
    run(pipeline('block-ancestral'), {
      model,
      params: { steps: 1, blockSize },
      rows: 2,
      length: blocks * blockSize,
      seed: 3,
    }),
  );

/** Finite weights whose sums overflow as soon as `token` is among the network's inputs. */
const overflowingAt = (token: number): Promise<string> =>
  writeModel({}, (tensors) => {
    const embedding = tensors.get('vocab_embed.embedding');
    embedding?.data.subarray(token * smallModel.hidden, (token + 1) * smallModel.hidden).fill(3e38);
    embedding?.data.set([-3e38], token * smallModel.hidden);
  });

/** A token that the second row writes in a block behind the first, and that neither row writes up to there. */
function lateToken([first = [], second = []]: readonly (readonly number[])[]): { token: number; block: number } {
  for (let block = 1; block < blocks - 1; block++) {
    const [start, end] = [block * blockSize, (block + 1) * blockSize];
    const known = new Set([...first.slice(0, end), ...second.slice(0, start)]);
    const token = second.slice(start, end).find((candidate) => !known.has(candidate));
    if (token !== undefined) return { token, block };
  }
  throw new Error('every token is written in the first blocks');
}

describe('a model whose logits overflow in the middle of a run', () => {
  let model: Model;
  let late: ReturnType<typeof lateToken>;

  beforeAll(async () => {
    const sound = await openModel(await writeModel());
    const last = await runOn(sound);
    if (last.type !== 'finished') throw new Error(JSON.stringify(last));
    sound.denoiser.dispose();
    late = lateToken(last.rows.map(({ tokens }) => tokens));
    model = await openModel(await overflowingAt(late.token));
  });

  afterAll(() => {
    model.denoiser.dispose();
  });

  it('ends it with an error that names node, iterations, row and position', async () => {
    // The token goes through the network together with the block behind it.
    const block = late.block + 1;
    const message = `logits are not finite (position ${String(block * blockSize)} of the row)`;
    expect(await runOn(model)).toMatchObject({
      type: 'failed',
      message: `node "blocks/steps/steps/denoise" (denoise-step) at blocks[${String(block)}] blocks/steps/steps[0], row 1: ${message}`,
      failure: {
        message,
        row: 1,
        node: 'blocks/steps/steps/denoise',
        kind: 'denoise-step',
        tag: [
          { path: 'blocks', iteration: block },
          { path: 'blocks/steps/steps', iteration: 0 },
        ],
      },
    });
  });

  it('leaves no handle and no tensor behind after 20 failed runs', async () => {
    const { tf } = await loadTensorBackend('wasm');
    const before = tf.memory();
    for (let i = 0; i < 20; i++) {
      expect((await runOn(model)).type).toBe('failed');
      expect(model.denoiser.live).toBe(0);
    }
    const { numTensors, numBytes } = tf.memory();
    expect([numTensors, numBytes]).toEqual([before.numTensors, before.numBytes]);
  });
});
