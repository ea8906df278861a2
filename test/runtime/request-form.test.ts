import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { loadPipeline as loadInPage, openModel as openInPage, readPipeline } from '../../src/browser/index.js';
import { arScore, compare, fetchModel, loadPipeline, openModel, openPipeline, run } from '../../src/index.js';
import { absorbingManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const model = { denoiser: lumpyDenoiser({ ...absorbingManifest, blockSizes: null }), tokenizer: null };
const ar = pipeline('ar');
const folder = 'test/fixtures/parity/blockgen-absorb-causal';

/** What plain JavaScript may hand in. */
const any = (value: unknown): never => value as never;

const samplers = [{ label: 'ar', pipeline: ar }];
const compared = async (request: unknown): Promise<void> => {
  for await (const event of compare(samplers, any(request))) expect(event).toBeDefined();
};

const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    'run: an unknown option',
    () => run(ar, any({ model, promt: [1] })),
    /no option "promt": .*did you mean "prompt"\?$/,
  ],
  ['run: no request', () => run(ar, any(undefined)), /cannot run ar: run needs a request/],
  ['run: null for a request', () => run(ar, any(null)), /run must be an object with model, .*, not null$/],
  ['run: no model', () => run(ar, any({})), /model must be an opened model, .*not undefined$/],
  ['run: null for a model', () => run(ar, any({ model: null })), /model must be an opened model, .*, not null$/],
  [
    'run: a promise of a model',
    () => run(ar, any({ model: Promise.resolve(model) })),
    /opened model, as openModel gives \(await it\), not an object without a denoiser$/,
  ],
  ['run: a list of params', () => run(ar, any({ model, params: [] })), /params must be an object .*not a list$/],
  ['run: null for params', () => run(ar, any({ model, params: null })), /params must be an object .*not null$/],
  [
    'run: text for params',
    () => run(ar, any({ model, params: 'steps=3' })),
    /params must be an object .*not a string$/,
  ],
  ['run: no pipeline', () => run(any(undefined), { model }), /run needs a pipeline/],
  ['run: a promise of a pipeline', () => run(any(Promise.resolve(ar)), { model }), /run needs a pipeline.*await/],
  [
    'openModel: an unknown limit',
    () => openModel(folder, any({ limits: { row: 3 } })),
    /limits has no option "row": there are rows, cacheBytes; did you mean "rows"\?$/,
  ],
  [
    'openModel: an unknown option',
    () => openModel(folder, any({ limit: {} })),
    /openModel has no option "limit".*did you mean "limits"\?$/,
  ],
  [
    'openModel: null for limits',
    () => openModel(folder, any({ limits: null })),
    /limits must be an object with rows, cacheBytes, not null$/,
  ],
  ['openModel: null for options', () => openModel(folder, any(null)), /openModel must be an object with .*not null$/],
  [
    'openModel: an unknown option of the hub',
    () => openModel(folder, any({ hub: { endpont: 'x' } })),
    /hub has no option "endpont".*did you mean "endpoint"\?$/,
  ],
  [
    'openPipeline',
    () => openPipeline('pipelines/ar.json', any({ import: 'allow' })),
    /openPipeline has no option "import".*did you mean "imports"\?$/,
  ],
  [
    'openModel: no folder',
    () => openModel(any(undefined)),
    /folder that openModel opens must be a text, not undefined$/,
  ],
  ['openPipeline: no file', () => openPipeline(any(null)), /file that openPipeline reads must be a text, not null$/],
  ['loadPipeline: no file', () => loadPipeline(any([])), /file that loadPipeline reads must be a text, not a list$/],
  ['loadPipeline', () => loadPipeline('pipelines/ar.json', any({ rot: '.' })), /has no option "rot".*"root"\?$/],
  ['fetchModel: no name', () => fetchModel(any(7)), /name of what to fetch must be a text, not a number$/],
  ['fetchModel', () => fetchModel('hf:a/b', any({ endpont: 'x' })), /no option "endpont".*did you mean "endpoint"\?$/],
  ['arScore: no model', () => arScore(any(undefined), [1]), /model must be an opened model, .*not undefined$/],
  ['arScore', () => arScore(model, [1, 2], any({ seeds: 3 })), /arScore has no option "seeds".*did you mean "seed"\?$/],
  [
    'compare: an unknown option',
    () => compared({ model, budget: [8] }),
    /compare has no option "budget".*did you mean "budgets"\?$/,
  ],
  ['compare: no model', () => compared({ model: null }), /model must be an opened model, .*not null$/],
  ['compare: null for a judge', () => compared({ model, judge: null }), /judge must be an opened model, .*not null$/],
  ['a page: openModel', () => openInPage('models/x/', any({ limits: { row: 3 } })), /limits has no option "row"/],
  [
    'a page: openModel, an option',
    () => openInPage('models/x/', any({ precision: 'int8' })),
    /openModel has no option "precision"/,
  ],
  [
    'a page: loadPipeline',
    () => loadInPage('x.json', any({ regstry: 1 })),
    /no option "regstry".*did you mean "registry"\?$/,
  ],
  ['a page: readPipeline', () => readPipeline({}, any({ part: {} })), /no option "part".*did you mean "parts"\?$/],
];

describe('what a function is called with', () => {
  it.each(refused)('is refused where it does not know it: %s', async (_, call, message) => {
    const outcome: unknown = await new Promise((resolve) => resolve(call())).then(
      () => 'was accepted',
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(InputError);
    expect((outcome as Error).message).toMatch(message);
  });

  it('may have every option that is known, also as undefined', async () => {
    const last = await lastValueFrom(
      run(ar, any({ model, rows: 1, length: 3, prompt: undefined, params: undefined, seed: 1, signal: undefined })),
    );
    expect(last.type).toBe('finished');
  });
});

describe('a parameter that no node reads', () => {
  const unread = check({
    format: 1,
    name: 'unread',
    params: { score: { type: 'choice', choices: ['nll', 'entropy'], default: 'nll' } },
    inputs: { canvas: 'canvas' },
    nodes: {},
    outputs: { canvas: 'input.canvas' },
  });
  it.each([
    [{}, []],
    [{ score: undefined }, []],
    [{ score: 'nll' }, []],
    [{ score: 'entropy' }, ['parameter "score" is set, but no node of unread reads it']],
  ])('is warned of where it is set to something else: %j', async (params, warnings) => {
    const events = await lastValueFrom(run(unread, { model, params }).pipe(toArray()));
    expect(events[0]).toMatchObject({ type: 'started', warnings });
  });
});
