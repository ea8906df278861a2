import fc from 'fast-check';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extract, readZip } from '../../../src/cli/install/zip.js';
import { zipOf } from './zip-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'samplewire-zip-'));
const { signal } = new AbortController();

function archive(bytes: Buffer): string {
  const path = join(folder, 'archive.zip');
  writeFileSync(path, bytes);
  return path;
}

/** Contents by name, as they come out. */
async function unpacked(path: string): Promise<Record<string, Buffer>> {
  const contents: Record<string, Buffer> = {};
  for (const entry of await readZip(path)) {
    const target = join(folder, 'out');
    let told = 0;
    await extract(path, entry, target, { signal, progress: (bytes) => (told += bytes) });
    contents[entry.name] = readFileSync(target);
    expect(told).toBe(entry.size);
  }
  return contents;
}

/** By Python's zipfile: a folder, a packed file, a stored one that is executable, an empty one, and a comment. */
const pythons =
  'UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAEAAAAbGliL1BLAwQUAAAACADvEnhdL/r4SAsAAAB4AAAACQAAAGxpYi9hLnR4dMtIzcnJV8igOwkAUEsDBBQA' +
  'AAAAAAAAIQAdnfsECgAAAAoAAAAHAAAAYmluL3J1biMhL2Jpbi9zaApQSwMEFAAAAAgA7xJ4XQAAAAACAAAAAAAAAAUAAABlbXB0eQMAUEsBAhQDFAAAAAAA' +
  'AAAhAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAQAO1BAAAAAGxpYi9QSwECFAMUAAAACADvEnhdL/r4SAsAAAB4AAAACQAAAAAAAAAAAAAAgAEiAAAAbGliL2Eu' +
  'dHh0UEsBAhQDFAAAAAAAAAAhAB2d+wQKAAAACgAAAAcAAAAAAAAAAAAAAO2BVAAAAGJpbi9ydW5QSwECFAMUAAAACADvEnhdAAAAAAIAAAAAAAAABQAAAAAA' +
  'AAAAAAAAgAGDAAAAZW1wdHlQSwUGAAAAAAQABADRAAAAqAAAAA4AbWFkZSBieSBQeXRob24=';

describe('a zip archive', () => {
  it('of another writer is read', async () => {
    const path = archive(Buffer.from(pythons, 'base64'));
    expect((await readZip(path)).map(({ name, executable }) => [name, executable])).toEqual([
      ['lib/', true],
      ['lib/a.txt', false],
      ['bin/run', true],
      ['empty', false],
    ]);
    expect(await unpacked(path)).toEqual({
      'lib/': Buffer.alloc(0),
      'lib/a.txt': Buffer.from('hello '.repeat(20)),
      'bin/run': Buffer.from('#!/bin/sh\n'),
      empty: Buffer.alloc(0),
    });
  });

  it('gives back what was put in', async () => {
    const files = fc.dictionary(
      fc.stringMatching(/^[a-zé]{1,8}$/),
      fc.record({
        content: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
        stored: fc.boolean(),
      }),
      { maxKeys: 5, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(files, async (given) => {
        const contents = Object.fromEntries(Object.entries(given).map(([name, { content }]) => [name, content]));
        expect(await unpacked(archive(zipOf(given)))).toEqual(contents);
      }),
      { numRuns: 30 },
    );
  });

  it('makes executable what was', async () => {
    const path = archive(zipOf({ run: { content: Buffer.from('x'), executable: true }, not: Buffer.from('y') }));
    const modes: Record<string, number> = {};
    for (const entry of await readZip(path)) {
      const target = join(folder, entry.name);
      await extract(path, entry, target, { signal, progress: () => undefined });
      modes[entry.name] = statSync(target).mode & 0o100;
    }
    expect(modes).toEqual({ run: 0o100, not: 0 });
  });

  it('that is none, or is cut, is refused', async () => {
    await expect(readZip(archive(Buffer.from('PK, or so it says')))).rejects.toThrow(/not a zip archive/);
    const bytes = Buffer.from(pythons, 'base64');
    // The directory's place, wrong by one.
    bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - 14 - 6) + 1, bytes.length - 14 - 6);
    await expect(readZip(archive(bytes))).rejects.toThrow(/directory .* is broken/);
  });

  it('stops being unpacked when that is wanted', async () => {
    const path = archive(zipOf({ a: Buffer.alloc(1000) }));
    const [entry] = await readZip(path);
    if (entry === undefined) throw new Error('no entry');
    const stopped = AbortSignal.abort();
    await expect(
      extract(path, entry, join(folder, 'a'), { signal: stopped, progress: () => undefined }),
    ).rejects.toThrow(/abort/i);
  });
});
