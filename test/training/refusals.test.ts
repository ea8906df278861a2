import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { requireFiniteLoss, requireStorable } from '../../src/training/divergence.js';
import type { TrainRequest } from '../../src/training/options.js';
import { train, type TrainEvent } from '../../src/training/train.js';
import { tinyRun, tinyText } from './support.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-refusals-'));
  await writeFile(join(folder, 'text.txt'), tinyText);
});
afterAll(() => rm(folder, { recursive: true }));

const tiny = (out: string, more: Partial<TrainRequest> = {}): TrainRequest =>
  tinyRun(folder, out, { steps: 2, ...more });

/** What a run throws, and the events before it; it is stopped after its first reported step. */
async function outcome(request: TrainRequest): Promise<{ events: TrainEvent['type'][]; failure: unknown }> {
  const events: TrainEvent['type'][] = [];
  const stop = new AbortController();
  try {
    for await (const event of train(request, stop.signal)) {
      events.push(event.type);
      if (event.type === 'step') stop.abort();
    }
    return { events, failure: undefined };
  } catch (failure) {
    return { events, failure };
  }
}

async function refusedAtOnce(request: TrainRequest, message: RegExp): Promise<void> {
  const { events, failure } = await outcome(request);
  expect(failure).toBeInstanceOf(InputError);
  expect(failure).toHaveProperty('message', expect.stringMatching(message));
  expect(events).toEqual([]);
}

describe('a folder that is not free', () => {
  it.each(['config.json', 'model.safetensors', 'tokenizer.json'])('is refused for its %s', async (name) => {
    const out = `holds-${name}`;
    await mkdir(join(folder, out));
    await writeFile(join(folder, out, name), 'precious');
    await refusedAtOnce(tiny(out), new RegExp(`holds-${name} already holds ${name}, .*--out`));
    expect(await readFile(join(folder, out, name), 'utf8')).toBe('precious');
    expect(await readdir(join(folder, out))).toEqual([name]);
  });

  it('is taken when it holds foreign files only', async () => {
    await mkdir(join(folder, 'foreign'));
    await writeFile(join(folder, 'foreign', 'notes.txt'), 'mine');
    expect((await outcome(tiny('foreign'))).failure).toBeUndefined();
    expect((await readdir(join(folder, 'foreign'))).sort()).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'notes.txt',
      'tokenizer.json',
      'training',
    ]);
    expect((await readdir(join(folder, 'foreign', 'training'))).sort()).toEqual(['run.json', 'state-1.safetensors']);
  });
});

describe('a folder that cannot be written', () => {
  it.each([
    ['a file', 'text.txt'],
    ['below a file', 'text.txt/below'],
  ])('is refused before the first step: %s', async (_, out) => {
    await refusedAtOnce(tiny(out), /text\.txt.* cannot be written \(E\w+: .*--out/);
  });

  it('is refused where a file stands in the place of training/', async () => {
    await mkdir(join(folder, 'blocked'));
    await writeFile(join(folder, 'blocked', 'training'), '');
    await refusedAtOnce(tiny('blocked'), /blocked cannot be written/);
  });

  // The superuser may write anywhere.
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('is refused when it is read-only', async () => {
    const inner = join(folder, 'read-only', 'training');
    await mkdir(inner, { recursive: true });
    for (const closed of [inner, dirname(inner)]) {
      await chmod(closed, 0o555);
      await refusedAtOnce(tiny('read-only'), /read-only cannot be written \(EACCES/);
      await chmod(closed, 0o755);
    }
  });
});

describe('bad options and text', () => {
  it('leave no folder behind', async () => {
    await refusedAtOnce(tiny('nothing', { heads: 3 }), /heads/);
    await refusedAtOnce(tiny('nothing', { text: join(folder, 'none.txt') }), /no text file/);
    await refusedAtOnce(tiny('nothing', { length: 512 }), /512/);
    await refusedAtOnce(tiny('nothing', { resume: true }), /holds no run/);
    expect(await readdir(folder)).not.toContain('nothing');
  });

  it('are refused when the text is not UTF-8', async () => {
    const latin1 = join(folder, 'latin1.txt');
    await writeFile(latin1, Buffer.from('fa\u00e7ade, caf\u00e9; '.repeat(40), 'latin1'));
    await refusedAtOnce(tiny('latin1', { text: latin1 }), /latin1\.txt is not UTF-8/);
  });
});

describe('training that diverges', () => {
  it('is refused, not saved, when its weights leave the range of 16 bits', async () => {
    const { events, failure } = await outcome(tiny('diverged', { learningRate: 1e8 }));
    expect(events).toEqual(['started', 'step']);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure).toHaveProperty('message', expect.stringMatching(/^The weights .* at step 1: lower the learning/));
    expect(await readdir(join(folder, 'diverged'))).toEqual(['training']);
    expect(await readdir(join(folder, 'diverged', 'training'))).toEqual([]);
  });

  it('is told from training that does not', () => {
    requireStorable(Float32Array.of(0, -65519, 65504), 3);
    for (const weight of [65520, -65520, Infinity, -Infinity, NaN]) {
      expect(() => requireStorable(Float32Array.of(0, weight), 3), `${weight}`).toThrow(InputError);
    }
    requireFiniteLoss([0, 1e30], 3);
    for (const nats of [Infinity, NaN]) {
      expect(() => requireFiniteLoss([1, nats], 3), `${nats}`).toThrow(/^The loss is no longer a number at step 3/);
    }
  });
});
