import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { forget, recall, remember, rememberOnly, type RememberedChoice } from '../../../src/models/auto/remembered.js';

const choice = (key: string): RememberedChoice => ({
  key,
  model: 'a model',
  backend: 'wasm',
  milliseconds: [{ backend: 'wasm', milliseconds: 3 }],
});

/** A file that is not there yet, nor its folder. */
const newFile = async () => join(await mkdtemp(join(tmpdir(), 'samplewire-auto-')), 'deeper', 'auto.json');

it('keeps choices, one for each key, the newest last', async () => {
  const path = await newFile();
  expect(await recall(path)).toEqual([]);
  for (const key of ['a', 'b', 'a']) expect(await remember(choice(key), path)).toBe(true);
  expect(await recall(path)).toEqual([choice('b'), choice('a')]);
  await forget('b', path);
  expect(await recall(path)).toEqual([choice('a')]);
  expect(await rememberOnly([choice('c')], path)).toBe(true);
  expect(await recall(path)).toEqual([choice('c')]);
  expect(await readdir(dirname(path))).toEqual(['auto.json']);
});

it('keeps all of them where several models are opened at once', async () => {
  const path = await newFile();
  const keys = Array.from({ length: 8 }, (_, i) => String(i));
  await remember(choice('before'), path);
  await Promise.all([...keys.map((key) => remember(choice(key), path)), forget('before', path)]);
  expect((await recall(path)).map(({ key }) => key)).toEqual(keys);
  expect(await readdir(dirname(path))).toEqual(['auto.json']);
});

it('leaves a whole file, whoever else writes at the time', async () => {
  const path = await newFile();
  const many = Array.from({ length: 64 }, (_, i) => choice(`${String(i)} ${'-'.repeat(5000)}`));
  const written = await Promise.all(Array.from({ length: 6 }, () => rememberOnly(many, path)));
  expect(written).not.toContain(false);
  expect(await recall(path)).toEqual(many);
  expect(await readdir(dirname(path))).toEqual(['auto.json']);
});

it('lets the oldest go when they become many', async () => {
  const path = await newFile();
  await rememberOnly(
    Array.from({ length: 64 }, (_, i) => choice(String(i))),
    path,
  );
  await remember(choice('new'), path);
  const keys = (await recall(path)).map(({ key }) => key);
  expect([keys.length, keys[0], keys.at(-1)]).toEqual([64, '1', 'new']);
});

it.each([
  '',
  '{',
  'null',
  '{"format":1}',
  JSON.stringify({ format: 2, choices: [choice('a')] }),
  JSON.stringify({ format: 1, choices: [{ ...choice('a'), backend: 'a backend of another version' }] }),
])('takes a file that it cannot read for none, and writes a new one: %s', async (text) => {
  const path = await newFile();
  await remember(choice('a'), path);
  await writeFile(path, text);
  expect(await recall(path)).toEqual([]);
  expect(await remember(choice('b'), path)).toBe(true);
  expect(await recall(path)).toEqual([choice('b')]);
});

it('does without where nothing can be written, and leaves nothing behind', async () => {
  const path = await newFile();
  // A file where a folder would have to be.
  await writeFile(dirname(path), 'in the way');
  expect(await remember(choice('a'), path)).toBe(false);
  await forget('a', path);
  expect(await recall(path)).toEqual([]);
  expect(await readFile(dirname(path), 'utf8')).toBe('in the way');
  expect(await readdir(dirname(dirname(path)))).toHaveLength(1);
});
