import { expect, it } from 'vitest';
import { placeOf, withCheckpoint } from '../../../src/models/checkpoint/folder.js';
import type { Denoiser } from '../../../src/models/denoiser.js';
import { manifestOf } from '../../../src/models/manifest-of.js';
import type { TensorBackend } from '../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../src/models/tfjs/load.js';
import { openTfjsDenoiser } from '../../../src/models/tfjs/open.js';
import { denoise, waiting } from '../support/calls.js';
import { writeModel } from '../support/random-model.js';

/** Operations that make a tensor, between the products. */
const operations = ['concat', 'gather', 'slice', 'sum', 'pad', 'zeros', 'tensor1d', 'tensor2d', 'tensor4d'] as const;

/** A backend of which an operation fails when it is called for the `at`th time. */
class Breaking {
  calls = 0;
  at = Infinity;
  readonly backend: TensorBackend;

  constructor(sound: TensorBackend) {
    const tf = { ...sound.tf };
    for (const operation of operations) {
      const compute: (...given: never[]) => unknown = sound.tf[operation];
      Object.assign(tf, {
        [operation]: (...given: never[]) => {
          this.calls += 1;
          if (this.calls === this.at) throw new Error('out of memory');
          return compute(...given);
        },
      });
    }
    this.backend = { ...sound, tf };
  }

  breakAt(at: number): void {
    this.calls = 0;
    this.at = at;
  }
}

/** Two rows of different lengths go through two passes and are asked after each; what failed is left out. */
async function decode(denoiser: Denoiser): Promise<unknown[]> {
  const answers: unknown[] = [];
  let caches = [waiting(denoiser, [1, 2, 3, 4, 5]), waiting(denoiser, [6])];
  for (let pass = 0; pass < 2; pass += 1) {
    const settled = await denoiser.forward(caches.map((cache) => denoise(cache, [28, 7])));
    for (const cache of caches) cache.release();
    const replies = settled.flatMap((reply) => (reply.ok ? [reply.value] : []));
    const found = await denoiser.answer(
      replies.map(({ prediction }) => ({ ask: 'token-score', prediction, tokens: [3, 7], measure: 'nll' }) as const),
    );
    answers.push(...found.map((answer) => (answer.ok ? answer.value : null)));
    caches = replies.map(({ cache }) => cache.follow([...cache.tokens, 9]));
    for (const { prediction, cache } of replies) {
      prediction.release();
      cache.release();
    }
  }
  for (const cache of caches) cache.release();
  return answers;
}

it.each(['host', 'device'] as const)(
  'whatever operation fails, nothing of a pass or a question is left behind, with questions on the %s',
  async (questions) => {
    const sound = await loadTensorBackend('cpu');
    const breaking = new Breaking(sound);
    const folder = await writeModel({ hidden: 12, heads: 2, layers: 2 });
    const denoiser = await withCheckpoint(folder, (checkpoint) =>
      openTfjsDenoiser(breaking.backend, checkpoint, manifestOf(checkpoint, placeOf(folder), null), { questions }),
    );
    // What stays for as long as the model does is there from now on.
    const expected = await decode(denoiser);
    const before = sound.tf.memory().numTensors;
    breaking.breakAt(Infinity);
    expect(await decode(denoiser)).toEqual(expected);
    const all = breaking.calls;
    expect(all).toBeGreaterThan(30);
    for (let at = 1; at <= all; at += 1) {
      breaking.breakAt(at);
      expect(await decode(denoiser), String(at)).not.toEqual(expected);
      expect([denoiser.live, sound.tf.memory().numTensors], String(at)).toEqual([0, before]);
    }
    breaking.breakAt(Infinity);
    expect(await decode(denoiser)).toEqual(expected);
    denoiser.dispose();
  },
);
