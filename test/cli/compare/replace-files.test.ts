import type * as files from 'node:fs/promises';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { finishReplacing, replaceFiles } from '../../../src/cli/compare/replace-files.js';

/** What becomes of an operation on the disk, by its number from 0: done, left undone by a process that dies there, or refused. */
let fate: (operation: number, name: string) => 'done' | 'killed' | Error = () => 'done';
let operations = 0;

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>();
  const changing = ['mkdir', 'writeFile', 'symlink', 'copyFile', 'rename', 'rm'] as const;
  const wrapped = changing.map((name) => {
    const work = (...args: unknown[]): unknown => Reflect.apply(real[name], undefined, args);
    return [
      name,
      async (...args: unknown[]) => {
        const what = fate(operations, name);
        operations += 1;
        if (what instanceof Error) throw what;
        // A process that is dead does nothing any more.
        if (what === 'killed') return new Promise(() => undefined);
        return work(...args);
      },
    ] as const;
  });
  return { ...real, ...Object.fromEntries(wrapped) };
});

const folder = mkdtempSync(join(tmpdir(), 'samplewire-replace-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  fate = () => 'done';
});

const names = ['a.txt', 'plot.svg', 'b.txt'];
const earlier = new Map([...names].map((name) => [name, `earlier ${name}`]));
const later = new Map([...names].map((name) => [name, `later ${name}`]));
const without = (all: ReadonlyMap<string, string>, name: string): Map<string, string> =>
  new Map([...all].filter(([each]) => each !== name));

/** The files as a person finds them. */
function found(place: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const name of names) {
    try {
      all.set(name, readFileSync(join(place, name), 'utf8'));
    } catch {
      // There is none.
    }
  }
  return all;
}

function placeWith(before: ReadonlyMap<string, string>): string {
  const place = mkdtempSync(join(folder, 'place-'));
  for (const [name, text] of before) writeFileSync(join(place, name), text);
  writeFileSync(join(place, 'notes.txt'), 'mine');
  operations = 0;
  return place;
}

/** Nothing of ours is left but plain files. */
function expectTidy(place: string): void {
  expect(readdirSync(place).sort()).toEqual([...found(place).keys(), 'notes.txt'].sort());
  for (const name of readdirSync(place)) expect(lstatSync(join(place, name)).isFile()).toBe(true);
}

const sets: readonly (readonly [string, ReadonlyMap<string, string>, ReadonlyMap<string, string>])[] = [
  ['as many files', earlier, later],
  ['a file fewer', earlier, without(later, 'plot.svg')],
  ['a file more', without(earlier, 'plot.svg'), later],
  ['the first files', new Map(), later],
];

describe.each(sets)('files that are replaced by %s', (_, before, after) => {
  it('are all there in the end, and nothing else', async () => {
    const place = placeWith(before);
    await replaceFiles(place, after, names);
    expect(found(place)).toEqual(after);
    expectTidy(place);
  });

  it('are all earlier or all later ones wherever the process is killed, and the next one tidies up', async () => {
    const whole = placeWith(before);
    await replaceFiles(whole, after, names);
    const steps = operations;
    expect(steps).toBeGreaterThan(5);
    const kept = new Set<string>();
    for (let dead = 0; dead < steps; dead += 1) {
      const place = placeWith(before);
      fate = (operation) => (operation >= dead ? 'killed' : 'done');
      void replaceFiles(place, after, names);
      await vi.waitFor(() => {
        expect(operations).toBeGreaterThan(dead);
      });
      const left = found(place);
      const which = left.get('b.txt') === after.get('b.txt') ? 'later' : 'earlier';
      expect(left, `killed at operation ${String(dead)}`).toEqual(which === 'later' ? after : before);
      kept.add(which);
      fate = () => 'done';
      await finishReplacing(place, names);
      expect(found(place)).toEqual(left);
      expectTidy(place);
    }
    expect(kept).toEqual(new Set(['earlier', 'later']));
  });

  it('are all earlier or all later ones where an operation fails', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const whole = placeWith(before);
    await replaceFiles(whole, after, names);
    for (let bad = 0, steps = operations; bad < steps; bad += 1) {
      const place = placeWith(before);
      fate = (operation) => (operation === bad ? full : 'done');
      await expect(replaceFiles(place, after, names)).rejects.toThrow('ENOSPC');
      fate = () => 'done';
      const left = found(place);
      expect([before, after], `failed at operation ${String(bad)}`).toContainEqual(left);
      await finishReplacing(place, names);
      expect(found(place)).toEqual(left);
      expectTidy(place);
    }
  });

  it('are replaced where the file system has no links', async () => {
    const place = placeWith(before);
    const none = Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
    fate = (_operation, name) => (name === 'symlink' ? none : 'done');
    await replaceFiles(place, after, names);
    expect(found(place)).toEqual(after);
    expectTidy(place);
  });
});

describe('a file that is none', () => {
  it('is told, and the others are as they were', async () => {
    const place = placeWith(without(earlier, 'b.txt'));
    mkdirSync(join(place, 'b.txt'));
    await expect(replaceFiles(place, later, names)).rejects.toThrow(/EISDIR|ERR_FS_EISDIR|illegal operation/i);
    expect(found(place)).toEqual(without(earlier, 'b.txt'));
    expect(readdirSync(place).sort()).toEqual(['a.txt', 'b.txt', 'notes.txt', 'plot.svg']);
  });
});
