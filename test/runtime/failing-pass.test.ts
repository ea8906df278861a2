import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ForwardReply, ModelCall } from '../../src/graph/effects.js';
import { failed, type Settled } from '../../src/models/denoiser.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { schedulerOf } from '../../src/runtime/scheduler.js';
import { absorbingManifest } from '../support/context.js';
import { pipeline } from '../support/pipelines.js';
import { small } from '../support/small.js';
import { lumpyDenoiser, TableDenoiser } from '../support/table-denoiser.js';

const length = 8;
const manifest = { ...absorbingManifest, length, vocabularySize: 20, maskId: 19, blockSizes: null };
const rows = [1, 2, 3, 4, 5];

const fresh = (): TableDenoiser => lumpyDenoiser(manifest);
const isOf = (row: number, { cache }: ModelCall): boolean => cache.tokens[0] === row;

/** Runs of one row each, side by side; row 3 is the one that things go wrong with. */
const runAll = (denoiser: TableDenoiser): Promise<RunEvent[]> => {
  const model = { denoiser, tokenizer: null };
  return Promise.all(
    rows.map((row) => lastValueFrom(run(pipeline('arpc'), { model, ...small('arpc', length), prompt: [row] }))),
  );
};

/** Every run but that of row 3 gives what it does where nothing fails. */
async function expectOnlyThirdFails(denoiser: TableDenoiser, message: RegExp): Promise<void> {
  const [ends, sound] = [await runAll(denoiser), await runAll(fresh())];
  for (const [i, end] of ends.entries()) {
    const alone = sound[i];
    if (rows[i] === 3) expect(end).toMatchObject({ type: 'failed', message: expect.stringMatching(message) });
    else expect(end).toMatchObject({ type: 'finished', rows: alone?.type === 'finished' ? alone.rows : null });
  }
  expect(denoiser.live).toBe(0);
  expect(schedulerOf(denoiser).load).toEqual({ rows: 0, bytes: 0, waiting: 0 });
}

/** A denoiser whose forwards are those of another one, changed. */
class Changed extends TableDenoiser {
  change: (
    calls: readonly ModelCall[],
    forward: () => Promise<readonly Settled<ForwardReply>[]>,
  ) => Promise<readonly Settled<ForwardReply>[]> = (_, forward) => forward();

  override forward(calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]> {
    return this.change(calls, () => super.forward(calls));
  }
}

const changed = (change: Changed['change']): Changed => {
  const { tiny, tinyAr } = lumpyDenoiser(manifest);
  return Object.assign(new Changed(manifest, tiny, tinyAr), { change });
};

describe('a pass that fails', () => {
  it.each([1, 4, 7])('because of one row ends only the run of that row (from pass %i on)', async (from) => {
    const denoiser = fresh();
    let passes = 0;
    denoiser.beforePass = (calls) => {
      if (++passes >= from && calls.some((call) => isOf(3, call))) throw new Error('kernel failed');
    };
    await expectOnlyThirdFails(denoiser, /kernel failed/);
  });

  it('and settles all its calls with an error does so, too', async () => {
    await expectOnlyThirdFails(
      changed((calls, forward) =>
        calls.some((call) => isOf(3, call))
          ? Promise.resolve(calls.map(() => failed(new Error('kernel failed'))))
          : forward(),
      ),
      /kernel failed/,
    );
  });

  it('and gives too few replies does so, too, and nothing of them is left', async () => {
    await expectOnlyThirdFails(
      changed(async (calls, forward) => {
        const replies = await forward();
        const at = calls.findIndex((call) => isOf(3, call));
        const [left] = at < 0 ? [] : replies.slice(at);
        if (left?.ok === true) {
          left.value.cache.release();
          left.value.prediction.release();
        }
        return replies.filter((reply) => reply !== left);
      }),
      /0 replies to 1 calls/,
    );
  });

  it('for want of memory goes on in smaller ones', async () => {
    const denoiser = fresh();
    denoiser.beforePass = (calls) => {
      if (calls.length > 2) throw new Error('out of memory');
    };
    for (const end of await runAll(denoiser)) expect(end.type).toBe('finished');
    expect(denoiser.live).toBe(0);
  });

  it('once is not seen', async () => {
    const denoiser = fresh();
    let passes = 0;
    denoiser.beforePass = () => {
      if (++passes === 3) throw new Error('a passing weakness');
    };
    for (const end of await runAll(denoiser)) expect(end.type).toBe('finished');
  });

  it('for all of them fails all of them, in fewer than two passes a row', async () => {
    const denoiser = fresh();
    denoiser.beforePass = () => {
      throw new Error('the device is gone');
    };
    for (const end of await runAll(denoiser)) expect(end).toMatchObject({ failure: { message: 'the device is gone' } });
    expect(denoiser.batches).toHaveLength(2 * rows.length - 1);
    expect(denoiser.live).toBe(0);
  });

  it('is not tried again for rows that nobody wants any more', async () => {
    const denoiser = fresh();
    const model = { denoiser, tokenizer: null };
    const unwanted = [1, 2].map((row) => run(pipeline('ar'), { model, prompt: [row] }).subscribe());
    denoiser.beforePass = (calls) => {
      for (const each of unwanted) each.unsubscribe();
      if (calls.length > 1) throw new Error('kernel failed');
    };
    const last = await lastValueFrom(run(pipeline('ar'), { model, prompt: [3], length: 3 }));
    expect(last.type).toBe('finished');
    expect(denoiser.batches).toEqual([3, 1, 1]);
    expect(denoiser.live).toBe(0);
  });
});

describe('questions that are refused as a whole', () => {
  it('because of one of them end only the run of that one', async () => {
    const poisoned = new Set<unknown>();
    const denoiser = changed(async (calls, forward) => {
      const replies = await forward();
      replies.forEach((reply, i) => {
        const call = calls[i];
        if (reply.ok && call !== undefined && isOf(3, call)) poisoned.add(reply.value.prediction);
      });
      return replies;
    });
    const answer = denoiser.answer.bind(denoiser);
    denoiser.answer = (questions) =>
      questions.some(({ prediction }) => poisoned.has(prediction))
        ? Promise.reject(new Error('no such thing'))
        : answer(questions);
    await expectOnlyThirdFails(denoiser, /no such thing/);
  });
});
