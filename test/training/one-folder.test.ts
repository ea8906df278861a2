import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { TrainRequest } from '../../src/training/options.js';
import { train, type TrainEvent } from '../../src/training/train.js';
import { tinyRun, tinyText } from './support.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-one-folder-'));
  await writeFile(join(folder, 'text.txt'), tinyText);
});
afterAll(() => rm(folder, { recursive: true }));

const tiny = (out: string, more: Partial<TrainRequest> = {}): TrainRequest =>
  tinyRun(folder, out, { steps: 4, saveEvery: 2, ...more });

async function finished(request: TrainRequest): Promise<TrainEvent> {
  let last: TrainEvent | undefined;
  for await (const event of train(request)) last = event;
  if (last === undefined) throw new Error('no event');
  return last;
}

const lockOf = (out: string): string => join(folder, out, 'training', 'run.lock');

describe('a folder in which a run is at work', () => {
  it.each([false, true])(
    'is refused to a second run (resume: %s), which is told who and since when',
    async (resume) => {
      const out = `busy-${String(resume)}`;
      if (resume) await finished(tiny(out, { steps: 2 }));
      const before = new Date();
      const first = train(tiny(out, { resume }));
      expect((await first.next()).value).toMatchObject({ type: 'started' });
      const failure: unknown = await finished(tiny(out, { resume })).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(InputError);
      const { message } = failure instanceof Error ? failure : new Error();
      expect(message).toMatch(new RegExp(`^${join(folder, out)} is in use by process ${process.pid} on ${hostname()}`));
      const since = new Date(/ since (\S+): /.exec(message)?.[1] ?? '');
      expect(since.getTime()).toBeGreaterThan(before.getTime() - 1000);
      expect(since.getTime()).toBeLessThanOrEqual(Date.now());
      expect(message).toContain(lockOf(out));
      for await (const event of first) expect(event.type).not.toBe('started');
      expect((await readdir(join(folder, out, 'training'))).sort()).toEqual(['run.json', 'state-4.safetensors']);
      expect(await finished(tiny(out, { resume: true, steps: 6 }))).toMatchObject({ type: 'finished', step: 6 });
    },
  );

  it('is free again when the run is left, and when it fails', async () => {
    for await (const event of train(tiny('left'))) if (event.type === 'step') break;
    expect(await readdir(join(folder, 'left', 'training'))).toEqual([]);
    await expect(finished(tiny('left', { learningRate: 1e8 }))).rejects.toThrow(/lower the learning rate/);
    expect(await finished(tiny('left'))).toMatchObject({ step: 4 });
  });
});

describe('a lock that a process left behind', () => {
  const abandoned = async (out: string, owner: string, seen = new Date()): Promise<TrainEvent> => {
    await mkdir(join(folder, out, 'training'), { recursive: true });
    await writeFile(lockOf(out), owner);
    await utimes(lockOf(out), seen, seen);
    return finished(tiny(out));
  };
  const longAgo = new Date(Date.now() - 3_600_000);

  it('is taken over where the process is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await abandoned('gone', `${String(pid)} ${hostname()} ${new Date().toISOString()}`);
    expect((await readdir(join(folder, 'gone', 'training'))).sort()).toEqual(['run.json', 'state-4.safetensors']);
  });

  it('is taken over where this process has the number of the one that is gone, as in a container', async () => {
    const reused = `${String(process.pid)} ${hostname()} ${longAgo.toISOString()}`;
    expect(await abandoned('reused', reused)).toMatchObject({ step: 4 });
  });

  it('is taken over where another machine has been silent for long, and not before', async () => {
    expect(await abandoned('elsewhere', '1 another-machine', longAgo)).toMatchObject({ step: 4 });
    const halfMinute = new Date(Date.now() - 30_000);
    await expect(abandoned('alive', '1 another-machine', halfMinute)).rejects.toThrow(/process 1 on another-machine/);
  });

  it('is not taken over from a process here that is at work without a sign of life, as in a long step', async () => {
    const owner = `${String(process.ppid)} ${hostname()} ${longAgo.toISOString()}`;
    await expect(abandoned('silent', owner, longAgo)).rejects.toThrow(`process ${String(process.ppid)} on`);
    expect(await readFile(lockOf('silent'), 'utf8')).toBe(owner);
  });
});

describe('what a process that was killed left behind', () => {
  it('is cleared away at the next start, foreign files are not', async () => {
    await finished(tiny('killed', { steps: 2 }));
    const out = join(folder, 'killed');
    const left = ['model.safetensors', 'config.json', 'tokenizer.json', 'README.md', '.probe'];
    const leftInside = ['run.json', 'state-9.safetensors', '.probe'];
    for (const name of left) await writeFile(join(out, `${name}.4711.tmp`), 'half');
    for (const name of leftInside) await writeFile(join(out, 'training', `${name}.4711.tmp`), 'half');
    await writeFile(join(out, 'thesis.tmp'), 'mine');
    await writeFile(join(out, 'model.safetensors.old.tmp'), 'mine');
    for await (const event of train(tiny('killed', { resume: true }))) {
      if (event.type !== 'started') continue;
      expect((await readdir(out)).filter((name) => name.endsWith('.tmp')).sort()).toEqual([
        'model.safetensors.old.tmp',
        'thesis.tmp',
      ]);
      expect((await readdir(join(out, 'training'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }
  });

  it('is a checkpoint older than its run: resuming a run that is at its end brings it up to date', async () => {
    await finished(tiny('older', { steps: 4 }));
    const card = join(folder, 'older', 'README.md');
    const newest = await readFile(card, 'utf8');
    await writeFile(card, 'old');
    await finished(tiny('older', { steps: 4, resume: true }));
    expect(await readFile(card, 'utf8')).toBe(newest);
  });
});
