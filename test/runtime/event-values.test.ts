import fc from 'fast-check';
import { lastValueFrom, Subject, tap, toArray, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { withRunState } from '../../src/runtime/run-state.js';
import { absorbingManifest } from '../support/context.js';
import { pipeline, pipelineNames } from '../support/pipelines.js';
import { small } from '../support/small.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const length = 12;
const tokenizer = {
  vocabularySize: 4,
  encode: () => [],
  decode: (tokens: readonly number[]) => tokens.join(''),
};
const freshModel = () => ({
  denoiser: lumpyDenoiser({ ...absorbingManifest, length, blockSizes: null }),
  tokenizer,
  warnings: ['a sentence'],
});

/** Does to a value, and to all in it, whatever can be done. What refuses is left as it is. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const parts: readonly unknown[] = Object.values(value);
  for (const part of parts) spoil(part);
  const attempts: (() => unknown)[] = Object.keys(value).flatMap((key) => [
    () => Reflect.set(value, key, 99),
    () => Reflect.deleteProperty(value, key),
  ]);
  if (Array.isArray(value)) {
    attempts.unshift(
      () => value.reverse(),
      () => value.fill(3),
      () => value.push(7),
      () => value.splice(0, 1),
    );
  } else attempts.push(() => Reflect.set(value, 'extra', true));
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

/** Events without what differs from run to run. */
const comparable = (events: readonly RunEvent[]): unknown =>
  JSON.parse(
    JSON.stringify(events, (key, value: unknown) =>
      ['run', 'milliseconds', 'tokensPerSecond'].includes(key) ? undefined : value,
    ),
  );

/** What a watcher sees that comes after one who spoils whatever arrives. */
function besideSpoiler(stream: Observable<RunEvent>): Promise<unknown> {
  const events = new Subject<RunEvent>();
  events.subscribe(spoil);
  const seen = lastValueFrom(events.pipe(toArray()));
  stream.subscribe(events);
  return seen.then(comparable);
}

const storyOf = (name: string, request: RunRequest): Promise<unknown> =>
  lastValueFrom(run(pipeline(name), request).pipe(toArray())).then(comparable);

describe('what a run hands out', () => {
  it('can be spoilt by nobody: the run and its other watchers see what they would have seen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pipelineNames), fc.nat(1000), async (name, seed) => {
        const request = { ...small(name, length), seed, rows: 2 };
        const undisturbed = await storyOf(name, { ...request, model: freshModel() });
        expect(await besideSpoiler(run(pipeline(name), { ...request, model: freshModel() }))).toEqual(undisturbed);
      }),
      { numRuns: 60, examples: pipelineNames.map((name) => [name, 1]) },
    );
  });

  it('can be spoilt by nobody where rows begin with prompts, templates and parameters', async () => {
    for (const rows of [{ prompts: [[1, 2], [3]] }, { templates: [[[1, null, 2]], [3, [1, 2]]] }]) {
      const request = { ...rows, length, seed: 4, params: { steps: 3, blockSize: 4 } };
      const undisturbed = await storyOf('block-ancestral', { ...request, model: freshModel() });
      const stream = run(pipeline('block-ancestral'), { ...request, model: freshModel() });
      expect(await besideSpoiler(stream)).toEqual(undisturbed);
      // Another subscription to the same request is a run of its own.
      expect(comparable(await lastValueFrom(stream.pipe(toArray())))).toEqual(undisturbed);
    }
  });

  it('can be spoilt by nobody where a run fails', async () => {
    const failing = () => {
      const model = freshModel();
      model.denoiser.faultOf = (call) => (call.cache.tokens.length >= 4 ? new Error('no') : null);
      return model;
    };
    const request = { rows: 2, params: { steps: 2, blockSize: 4 } };
    const undisturbed = await storyOf('arpc', { ...request, model: failing() });
    expect(await besideSpoiler(run(pipeline('arpc'), { ...request, model: failing() }))).toEqual(undisturbed);
  });

  it('can be spoilt by nobody as a folded state', async () => {
    const request = { prompts: [[1], [2, 3]], seed: 2, params: { steps: 3, blockSize: 4 } };
    const states = (spoiling: boolean) =>
      lastValueFrom(
        run(pipeline('arpc'), { ...request, model: freshModel() }).pipe(
          withRunState(),
          tap((moment) => {
            if (spoiling) spoil({ state: moment.state, event: moment.event });
          }),
          toArray(),
        ),
      ).then((moments) => moments.map(({ state }) => ({ ...state, forwardMilliseconds: 0 })));
    expect(await states(true)).toEqual(await states(false));
  });

  it('is refused with an error where somebody writes to it in earnest', async () => {
    const refused: string[] = [];
    await lastValueFrom(
      run(pipeline('arpc'), { model: freshModel(), params: { steps: 2, blockSize: 4 } }).pipe(
        tap((event) => {
          try {
            if ('tokens' in event) Reflect.apply(Array.prototype.reverse, event.tokens, []);
          } catch {
            refused.push(event.type);
          }
        }),
      ),
    );
    expect(new Set(refused)).toEqual(new Set(['step', 'remasked', 'committed']));
  });
});

describe('what a caller hands in', () => {
  it.each<[string, () => Omit<RunRequest, 'model'>]>([
    ['prompts', () => ({ prompts: [[1, 2], [3]] })],
    ['a prompt', () => ({ prompt: [1, 2], rows: 2 })],
    ['templates', () => ({ templates: [[[1, null, 2]], [3, [1, 2]]] })],
    ['a template', () => ({ template: [[1, null, 2], 4] })],
  ])('%s, parameters and the request itself are read when run is called', async (_, rows) => {
    const requestOf = () => ({ ...rows(), length, seed: 4, params: { steps: 3, blockSize: 4 } });
    const undisturbed = await storyOf('block-ancestral', { ...requestOf(), model: freshModel() });
    const model = freshModel();
    const request = requestOf();
    const warnings = [...model.warnings];
    const whole = { ...request, model: { ...model, warnings } };
    const stream = run(pipeline('block-ancestral'), whole);
    spoil({ request, warnings });
    Reflect.set(whole, 'signal', AbortSignal.abort());
    expect(comparable(await lastValueFrom(stream.pipe(toArray())))).toEqual(undisturbed);
  });

  it('a source is read when run is called', async () => {
    const requestOf = () => ({ source: [1, 2, 3, 1, 2, 3], seed: 4 });
    const undisturbed = await storyOf('edit', { ...requestOf(), model: freshModel() });
    const request = requestOf();
    const stream = run(pipeline('edit'), { ...request, model: freshModel() });
    spoil(request);
    expect(comparable(await lastValueFrom(stream.pipe(toArray())))).toEqual(undisturbed);
  });
});
