import { applyPatches, enablePatches } from 'immer';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { initialRunState, reduceRun, withRunState, type RunMoment } from '../../src/runtime/run-state.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { pipeline } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

enablePatches();

const moments = (): Promise<RunMoment[]> => {
  const model = { denoiser: lumpyDenoiser(absorbingManifest), tokenizer: null };
  const request = { model, params: { steps: 3, blockSize: 4 }, prompts: [[1], [2, 3]] };
  return lastValueFrom(run(pipeline('arpc'), request).pipe(withRunState(), toArray()));
};

describe('run state', () => {
  it('can be rebuilt at any moment from the patches, forwards and back', async () => {
    const story = await moments();
    let state = initialRunState;
    for (const moment of story) {
      state = applyPatches(state, [...moment.patches]);
      expect(state).toEqual(moment.state);
    }
    for (const [i, moment] of [...story.entries()].reverse()) {
      state = applyPatches(state, [...moment.inversePatches]);
      expect(state).toEqual(story[i - 1]?.state ?? initialRunState);
    }
  });

  it('is the fold of the events, and starts anew with each subscription', async () => {
    const story = await moments();
    expect(story.map(({ event }) => event).reduce(reduceRun, initialRunState)).toEqual(story.at(-1)?.state);
    expect((await moments())[0]?.state.rows.map((row) => row.tokens)).toEqual([[1], [2, 3]]);
  });

  it('shows the draft, what was doubted, and ends with the finished rows', async () => {
    const story = await moments();
    const remasked = story.find(({ event }) => event.type === 'remasked');
    if (remasked?.event.type !== 'remasked') throw new Error('nothing was remasked');
    const block = remasked.state.rows[remasked.event.row]?.block;
    expect(block?.remasked).toEqual(remasked.event.positions);
    for (const position of remasked.event.positions) {
      expect(block?.tokens[position]).toBe(absorbingManifest.maskId);
      expect(block?.confidence[position]).toBeNull();
    }
    const last = story.at(-1);
    if (last?.event.type !== 'finished') throw new Error('it did not finish');
    expect(last.state).toMatchObject({ status: 'finished', nfe: last.event.statistics.nfe });
    expect(last.state.rows.map((row) => row.tokens)).toEqual(last.event.rows.map((row) => row.tokens));
  });

  it('leaves the states before untouched', async () => {
    const [first, ...rest] = await moments();
    expect(rest.length).toBeGreaterThan(0);
    expect(first?.state.rows.map((row) => row.tokens)).toEqual([[1], [2, 3]]);
    expect(Object.isFrozen(first?.state)).toBe(true);
  });
});
