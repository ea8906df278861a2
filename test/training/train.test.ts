import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { readSafetensors } from '../../src/models/checkpoint/safetensors.js';
import { readCheckpoint } from '../models/support/whole-checkpoint.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { loadTokenizer } from '../../src/models/tokenizer/load.js';
import type { TrainRequest } from '../../src/training/options.js';
import { train, type TrainEvent } from '../../src/training/train.js';
import { savedVectors } from './support.js';

let folder: string;
let text: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-train-'));
  text = join(folder, 'text.txt');
  await writeFile(text, 'the quick brown fox jumps over the lazy dog; '.repeat(20));
});
afterAll(() => rm(folder, { recursive: true }));

const tiny = (out: string, more: Partial<TrainRequest> = {}): TrainRequest => ({
  text,
  out: join(folder, out),
  process: 'absorbing',
  backend: 'cpu',
  layers: 1,
  hidden: 8,
  heads: 2,
  length: 16,
  mixture: [
    { blockSize: 1, weight: 1 },
    { blockSize: 4, weight: 2 },
  ],
  rows: 2,
  steps: 8,
  learningRate: 0.01,
  warmup: 2,
  cooldown: 0.25,
  averageDecay: 0.9,
  validationRows: 2,
  validateEvery: 4,
  saveEvery: 4,
  reportEvery: 2,
  ...more,
});

async function collect(request: TrainRequest, stopAfter = Infinity): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  for await (const event of train(request, stop.signal)) {
    events.push(event);
    if (event.type === 'step' && event.step >= stopAfter) stop.abort();
  }
  return events;
}

const vectors = (out: string) => savedVectors(join(folder, out));

describe('train', () => {
  it('tells how it goes, from started to finished', async () => {
    const events = await collect(tiny('events'));
    expect(events.map((event) => (event.type === 'started' ? event.type : `${event.type} ${event.step}`))).toEqual([
      'started',
      'step 2',
      'step 4',
      'validation 4',
      'saved 4',
      'step 6',
      'step 8',
      'validation 8',
      'saved 8',
      'finished 8',
    ]);
    const [first, last] = events.filter((event) => event.type === 'validation');
    expect(first?.rows).toBe(2);
    expect(last?.rows).toBe(Math.floor(90 / 16));
    expect(last?.nats.map(([blockSize]) => blockSize)).toEqual([1, 4]);
    for (const [, nats] of last?.nats ?? []) expect(nats).toBeGreaterThan(0);
    expect(await readdir(join(folder, 'events', 'training'))).toEqual(['run.json', 'state-8.safetensors']);
  });

  it.each(['absorbing', 'uniform'] as const)('learns a repeated sentence with %s noise', async (process) => {
    const events = await collect(
      tiny(`learns-${process}`, { process, backend: 'wasm', hidden: 16, steps: 120, learningRate: 0.03, rows: 4 }),
    );
    const validation = events.filter((event) => event.type === 'validation').at(-1);
    // Knowing nothing costs log 28 = 3.3 nats, knowing the frequencies 3.0.
    expect(new Map(validation?.nats).get(1)).toBeLessThan(2.6);
  });

  it('resumes a stopped run to the very parameters of an unbroken one', async () => {
    await collect(tiny('whole'));
    const stopped = await collect(tiny('parts'), 3);
    expect(stopped.at(-1)).toMatchObject({ type: 'finished', stopped: true, step: 4 });
    expect(stopped.at(-2)).toMatchObject({ type: 'saved', step: 4 });
    const resumed = await collect(tiny('parts', { resume: true }));
    expect(resumed[0]).toMatchObject({ type: 'started', step: 4 });
    expect(resumed.at(-1)).toMatchObject({ type: 'finished', stopped: false, step: 8 });
    const [whole, parts] = [await vectors('whole'), await vectors('parts')];
    expect(Object.keys(parts)).toEqual(['parameters', 'average', 'first', 'second']);
    expect(parts).toEqual(whole);
  });

  it('gives other parameters for another seed', async () => {
    await collect(tiny('seed', { seed: 2 }));
    expect(await vectors('seed')).not.toEqual(await vectors('whole'));
  });

  it('saves what a stopped run has, and frees every tensor', async () => {
    const { tf } = await loadTensorBackend('cpu');
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    stop.abort();
    const events: TrainEvent[] = [];
    for await (const event of train(tiny('aborted'), stop.signal)) events.push(event);
    expect(events.map((event) => event.type)).toEqual(['started', 'finished']);
    await collect(tiny('stopped'), 1);
    expect((await readCheckpoint(join(folder, 'stopped'))).config.process).toBe('absorbing');
    for await (const event of train(tiny('left'))) if (event.type === 'step') break;
    expect(tf.memory().numTensors).toBe(before);
  });

  it('exports a checkpoint folder that opens, of the averaged weights', async () => {
    const out = join(folder, 'whole');
    const { config, shape } = await readCheckpoint(out);
    expect(config).toMatchObject({
      type: 'block-dit',
      length: 16,
      x0_causal: true,
      block_sizes: [1, 4],
      process: 'absorbing',
    });
    const tokenizer = (await loadTokenizer(out))?.tokenizer;
    expect(tokenizer?.decode(tokenizer.encode('fox'))).toBe('fox');
    expect(shape.vocabularySize).toBe((tokenizer?.vocabularySize ?? NaN) + 1);
    const stored = await readSafetensors(join(out, 'model.safetensors'));
    const average = (await vectors('whole'))['average'] ?? [];
    const flat = [...stored.values()].flatMap(({ data }) => [...data]);
    expect(flat.length).toBe(average.length);
    for (const [i, value] of flat.entries()) expect(Math.abs(value - (average[i] ?? NaN))).toBeLessThan(1e-3);
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card).toContain('--process absorbing');
    expect(card).toContain('8 of 8 steps');
    expect(card).toMatch(/\| 1 \| \d\.\d{3} \| autoregressive/);
  });

  it('has no mask in the vocabulary of a uniform model', async () => {
    const out = join(folder, 'learns-uniform');
    const tokenizer = (await loadTokenizer(out))?.tokenizer;
    expect((await readCheckpoint(out)).shape.vocabularySize).toBe(tokenizer?.vocabularySize);
  });
});

describe('a run that is resumed with other options', () => {
  it('is from there on what the new number of steps makes it', async () => {
    await collect(tiny('longer'), 3);
    await collect(tiny('longer', { resume: true, steps: 10 }));
    await collect(tiny('ten', { steps: 10 }));
    expect(await vectors('longer')).toEqual(await vectors('ten'));
  });

  it('has every command on its card', async () => {
    await collect(tiny('curriculum'), 3);
    await collect(tiny('curriculum', { resume: true, learningRate: 0.002 }), 6);
    await collect(tiny('curriculum', { resume: true, learningRate: 0.002 }));
    const card = await readFile(join(folder, 'curriculum', 'README.md'), 'utf8');
    expect(card.match(/^# from step \d+$/gm)).toEqual(['# from step 0', '# from step 4']);
    expect(card.match(/--learning-rate 0\.\d+/g)).toEqual(['--learning-rate 0.01', '--learning-rate 0.002']);
  });
});

describe('bad input', () => {
  const refused = async (request: TrainRequest, message: RegExp): Promise<void> => {
    const failure = collect(request);
    await expect(failure).rejects.toBeInstanceOf(InputError);
    await expect(failure).rejects.toThrow(message);
  };
  it('names a missing text', () =>
    refused(tiny('bad', { text: join(folder, 'none.txt') }), /no text file .*none\.txt/));
  it('says when the text is too short', () =>
    refused(tiny('bad', { length: 512 }), /held-out part .* has 90 characters/));
  it('lists every fault of the options', () =>
    refused(
      tiny('bad', { heads: 3, length: 6 }),
      /hidden: 8 does not split into 3 heads.*mixture: blocks of 4 do not fill a length of 6/,
    ));
  it('refuses block sizes that are no powers of two, and unknown options', async () => {
    await refused(
      tiny('bad', { mixture: [{ blockSize: 3, weight: 1 }] }),
      /mixture\.0\.blockSize: expected a power of two/,
    );
    await refused(Object.assign(tiny('bad'), { colour: 'red' }), /colour/);
  });
  it('does not write over a run', () => refused(tiny('whole'), /already holds a run of 8 steps/));
  it('has nothing to resume in an empty folder', () => refused(tiny('empty', { resume: true }), /holds no run/));
  it('resumes only the same run', () => refused(tiny('whole', { resume: true, seed: 7 }), /seed was 1, not 7/));
  it('resumes only on the same text', async () => {
    const other = join(folder, 'other.txt');
    await writeFile(other, 'something else entirely, '.repeat(40));
    const request = tiny('other', { text: other, steps: 2 });
    await collect(request);
    await writeFile(other, 'Something else entirely, '.repeat(40));
    await expect(collect({ ...request, resume: true })).rejects.toThrow(/not the text|numbers/);
  });
});
