import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { takeLock, type HeldLock } from '../../src/platform/lock.js';

const folder = mkdtempSync(join(tmpdir(), 'samplewire-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

const patience = { here: Infinity, elsewhere: 60_000 };
const { pid: gone } = spawnSync(process.execPath, ['-e', '']);
const deadOwner = `${String(gone)} ${hostname()} ${new Date().toISOString()}`;

async function held(path: string): Promise<HeldLock> {
  const lock = await takeLock(path, patience);
  if (!lock.held) throw new Error(`held by ${String(lock.pid)}`);
  return lock;
}

describe('a lock', () => {
  it('is held by one at a time, and says by whom', async () => {
    const path = join(folder, 'deep', 'one.lock');
    const lock = await held(path);
    const other = await takeLock(path, patience);
    expect(other).toMatchObject({ held: false, pid: process.pid, host: hostname() });
    expect(Date.parse(other.held ? '' : (other.since ?? ''))).toBeLessThanOrEqual(Date.now());
    await lock.release();
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
    await (await held(path)).release();
  });

  it('is taken over by one of many that find its owner gone at once', async () => {
    for (let round = 0; round < 60; round += 1) {
      const path = join(folder, `race-${String(round)}.lock`);
      writeFileSync(path, deadOwner);
      const attempts = await Promise.all(Array.from({ length: 12 }, () => takeLock(path, patience)));
      const holders = attempts.filter(({ held: mine }) => mine);
      expect(holders, `round ${String(round)}`).toHaveLength(1);
      for (const lock of holders) if (lock.held) await lock.release();
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('race-'))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is taken over from a process that has ended unnoticed', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const zombie = Number(String((await once(parent.stdout, 'data'))[0]));
    const path = join(folder, 'zombie.lock');
    await vi.waitFor(() => {
      expect(readFileSync(`/proc/${String(zombie)}/stat`, 'utf8')).toContain(') Z ');
    });
    writeFileSync(path, `${String(zombie)} ${hostname()} ${new Date().toISOString()}`);
    await (await held(path)).release();
    writeFileSync(path, `${String(parent.pid)} ${hostname()} ${new Date().toISOString()}`);
    expect(await takeLock(path, patience)).toMatchObject({ held: false, pid: parent.pid });
    parent.kill();
  });

  it('that another one has taken over is not released', async () => {
    const path = join(folder, 'stolen.lock');
    const lock = await held(path);
    writeFileSync(path, '1 another-machine');
    await lock.release();
    expect(readFileSync(path, 'utf8')).toBe('1 another-machine');
  });

  it('without a text, as a process leaves it that dies in between, is judged by its age', async () => {
    const path = join(folder, 'empty.lock');
    writeFileSync(path, '');
    expect(await takeLock(path, patience)).toMatchObject({ held: false });
    utimesSync(path, new Date(0), new Date(0));
    await (await held(path)).release();
  });
});
