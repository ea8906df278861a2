import { lstatSync, rmSync, statSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchModel } from '../../../src/models/hub/fetch-model.js';
import { storageFailure } from '../../../src/models/hub/storage.js';
import { sha256 } from '../../support/hub-server.js';
import { read, reference, refusal, useHub, weights } from './support.js';

/** What this disk cannot do. */
const unable = vi.hoisted(() => new Set<string>());

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Files>();
  const refuse = (name: 'symlink' | 'link') => async (from: string, to: string) => {
    if (unable.has(name)) throw Object.assign(new Error(`${name} is not permitted`), { code: 'EPERM' });
    await real[name](from, to);
  };
  const statfs = (path: string) =>
    unable.has('hold more') ? Promise.resolve({ bavail: 1, bsize: 4096, blocks: 9 }) : real.statfs(path);
  return { ...real, symlink: refuse('symlink'), link: refuse('link'), statfs };
});

const place = useHub();

describe.each([
  { cannot: ['symlink'], shared: true },
  { cannot: ['symlink', 'link'], shared: false },
])('a disk without $cannot', ({ cannot, shared }) => {
  beforeEach(() => {
    unable.clear();
    for (const name of cannot) unable.add(name);
  });

  it('holds the files all the same', async () => {
    const folder = await fetchModel(reference, place.options);
    const file = join(folder, 'model.safetensors');
    expect(read(file).equals(weights)).toBe(true);
    expect(lstatSync(file).isSymbolicLink()).toBe(false);
    expect(statSync(file).ino === statSync(join(place.cache, 'blobs', sha256(weights))).ino).toBe(shared);
    place.hub.taken();
    await fetchModel(reference, place.options);
    expect(place.hub.taken()).toHaveLength(1);
  });

  it('may hold them in the tree alone, as the Python tools leave them there', async () => {
    const folder = await fetchModel(reference, place.options);
    rmSync(join(place.cache, 'blobs'), { recursive: true });
    rmSync(join(place.cache, '.no_exist'), { recursive: true });
    place.hub.taken();
    await fetchModel(reference, place.options);
    expect(place.hub.taken().filter((url) => url.includes('resolve'))).toEqual([]);
    expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
  });
});

describe('what a disk says', () => {
  it('is asked before anything large is downloaded', async () => {
    unable.clear();
    unable.add('hold more');
    expect(await refusal(fetchModel(reference, place.options))).toMatch(/no room for .*\.incomplete.*HF_HOME/);
    expect(place.hub.storageRequests).toEqual([]);
    unable.clear();
    await fetchModel(reference, place.options);
  });

  it.each([
    ['ENOSPC', /no room for .*blob.*HF_HOME names another place/],
    ['EDQUOT', /no room/],
    ['EACCES', /cannot be written \(EACCES\); HF_HOME/],
    ['EROFS', /cannot be written \(EROFS\)/],
    ['EIO', /cannot be used \(broken\)/],
  ])('%s is told in words', (code, message) => {
    const failure = storageFailure(Object.assign(new Error('broken'), { code }), '/somewhere/blob');
    expect(failure).toMatchObject({ name: 'InputError', message: expect.stringMatching(message) });
  });

  it('does not stand for mistakes of the program', () => {
    const mistake = new TypeError('x is not a function');
    expect(storageFailure(mistake, '/somewhere')).toBe(mistake);
  });
});
