import type * as files from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readCheckpoint } from '../models/support/whole-checkpoint.js';
import type { TrainRequest } from '../../src/training/options.js';
import { train, type TrainEvent } from '../../src/training/train.js';
import { savedVectors, tinyRun, tinyText } from './support.js';

/** Which files have no room. */
let isFull: (path: string) => boolean = () => false;

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>();
  const open: typeof files.open = async (path, ...rest) => {
    const file = await real.open(path, ...rest);
    if (!isFull(String(path))) return file;
    // What comes of a write on a full disk: some bytes, then the error.
    file.writeFile = async () => {
      await file.write('some');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    return file;
  };
  return { ...real, open };
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-full-disk-'));
  await writeFile(join(folder, 'text.txt'), tinyText);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  isFull = () => false;
});

const tiny = (out: string, more: Partial<TrainRequest> = {}): TrainRequest =>
  tinyRun(folder, out, { steps: 6, validateEvery: 100, saveEvery: 2, ...more });

/** Events of a run; `look` is called at each and may change the disk or stop the run. */
async function events(
  request: TrainRequest,
  look: (event: TrainEvent, stop: AbortController) => unknown = () => undefined,
): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  const stop = new AbortController();
  for await (const event of train(request, stop.signal)) {
    all.push(event);
    await look(event, stop);
  }
  return all;
}

const saves = (all: readonly TrainEvent[]): unknown[] =>
  all.flatMap((event) => (event.type === 'saved' || event.type === 'unsaved' ? [[event.type, event.step]] : []));

describe('a disk without room', () => {
  it('for a save costs no step: training goes on, and the next save has them', async () => {
    await events(tiny('plenty'));
    const before = new Map<string, string>();
    const all = await events(tiny('short'), async (event) => {
      const state = join(folder, 'short', 'training', 'run.json');
      if (event.type === 'saved' && event.step === 2) {
        isFull = () => true;
        before.set('run', await readFile(state, 'utf8'));
      }
      if (event.type !== 'unsaved') return;
      // What was saved before is as it was, and nothing half done lies beside it.
      expect(await readFile(state, 'utf8')).toBe(before.get('run'));
      expect((await readdir(join(folder, 'short', 'training'))).sort()).toEqual([
        'run.json',
        'run.lock',
        'state-2.safetensors',
      ]);
      expect((await readCheckpoint(join(folder, 'short'))).config.length).toBe(16);
      isFull = () => false;
    });
    expect(saves(all)).toEqual([
      ['saved', 2],
      ['unsaved', 4],
      ['saved', 6],
    ]);
    expect(all.find((event) => event.type === 'unsaved')).toEqual({
      type: 'unsaved',
      step: 4,
      saved: 2,
      waiting: false,
      reason: expect.stringMatching(
        /^There is no room for \S+short\/training\/state-4\.safetensors: it takes [\d,]+ bytes, and [\d,]+ bytes are free\.$/,
      ),
    });
    expect(all.at(-1)).toMatchObject({ type: 'finished', step: 6, saved: 6 });
    expect(await savedVectors(join(folder, 'short'))).toEqual(await savedVectors(join(folder, 'plenty')));
  });

  it('at the last step is waited for', async () => {
    const all = await events(tiny('waits', { saveEvery: 100 }), (event) => {
      if (event.type === 'validation') isFull = (path) => path.includes('model.safetensors');
      if (event.type === 'unsaved') isFull = () => false;
    });
    expect(saves(all)).toEqual([
      ['unsaved', 6],
      ['saved', 6],
    ]);
    expect(all.find((event) => event.type === 'unsaved')).toMatchObject({ step: 6, saved: 6, waiting: true });
    // Resuming would lose nothing: it is the checkpoint that was missing.
    expect(await savedVectors(join(folder, 'waits'))).toEqual(await savedVectors(join(folder, 'plenty')));
  });

  it('is waited for after a stop, too', async () => {
    const all = await events(tiny('stopped', { saveEvery: 100 }), (event, stop) => {
      if (event.type === 'step' && event.step === 2) {
        isFull = () => true;
        stop.abort();
      }
      if (event.type === 'unsaved') isFull = () => false;
    });
    expect(saves(all)).toEqual([
      ['unsaved', 2],
      ['saved', 2],
    ]);
    expect(all.at(-1)).toMatchObject({ type: 'finished', stopped: true, step: 2, saved: 2 });
  });

  it('is not waited for any longer once the run is stopped, and the end says what is saved', async () => {
    let tries = 0;
    const begun = performance.now();
    const all = await events(tiny('given-up', { saveEvery: 4 }), (event, stop) => {
      if (event.type === 'saved') isFull = () => true;
      if (event.type === 'unsaved' && (tries += 1) === 1)
        setTimeout(() => {
          stop.abort();
        }, 20);
    });
    expect(saves(all).slice(0, 2)).toEqual([
      ['saved', 4],
      ['unsaved', 6],
    ]);
    expect(all.at(-1)).toMatchObject({ type: 'finished', step: 6, saved: 4 });
    expect(performance.now() - begun).toBeLessThan(20_000);
    isFull = () => false;
    expect((await events(tiny('given-up', { resume: true, saveEvery: 4 })))[0]).toMatchObject({ step: 4 });
    expect(await savedVectors(join(folder, 'given-up'))).toEqual(await savedVectors(join(folder, 'plenty')));
  });
});
