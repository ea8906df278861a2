import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder } from '../../src/platform/make-folder.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-folder-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('makes all that are missing, also relative ones, and is content with what is there', async () => {
  await makeFolder(join(folder, 'a', 'b', 'c'));
  await makeFolder(join(folder, 'a', 'b', 'c'));
  await makeFolder(relative(process.cwd(), join(folder, 'a', 'd', 'e')));
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['c']);
  expect(readdirSync(join(folder, 'a', 'd'))).toEqual(['e']);
});

test('several at once make the same', async () => {
  await Promise.all(['x', 'x', 'y', 'y'].map((name) => makeFolder(join(folder, 'a', 'b', 'c', name))));
  expect(readdirSync(join(folder, 'a', 'b', 'c')).sort()).toEqual(['x', 'y']);
});

test('a link to a folder is one', async () => {
  await makeFolder(join(folder, 'real'));
  await symlink(join(folder, 'real'), join(folder, 'link'), 'dir');
  await makeFolder(join(folder, 'link'));
  await makeFolder(join(folder, 'link', 'below'));
  expect(readdirSync(join(folder, 'real'))).toEqual(['below']);
});

test('a file in its place, or on the way, is an error', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(folder, 'file', 'a', 'b'))).rejects.toThrow('ENOTDIR');
});

test.skipIf(!existsSync('/proc/self'))('ends where no folder can be made', async () => {
  await expect(makeFolder('/proc/samplewire/a/b')).rejects.toThrow(/mkdir '\/proc\/samplewire'/);
});
