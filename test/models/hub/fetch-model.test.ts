import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchModel, fetchTokenizer } from '../../../src/models/hub/fetch-model.js';
import { openModel } from '../../../src/models/open-model.js';
import { commit, gitSha1, sha256 } from '../../support/hub-server.js';
import { read, reference, repo, text, useHub, weights, zoo } from './support.js';

const place = useHub();

const other = 'beef'.padEnd(40, '1');

describe('a whole download', () => {
  it('brings the files of a checkpoint, each once, into the shared layout', async () => {
    const folder = await fetchModel(reference, place.options);
    expect(folder).toBe(join(place.cache, 'snapshots', commit, 'owt', 'absorb'));
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
    expect(read(folder, 'tokenizer.json').toString()).toBe('{}');
    const hashes = [sha256(weights), gitSha1(zoo['owt/absorb/config.json']), gitSha1(text('{}'))];
    expect(readdirSync(join(place.cache, 'blobs')).sort()).toEqual(hashes.sort());
    expect(readlinkSync(join(folder, 'model.safetensors'))).toBe(join('../../../../blobs', sha256(weights)));
    expect(read(place.cache, 'refs/main').toString()).toBe(commit);
    expect(place.hub.storageRequests.map(({ sent }) => sent)).toEqual([weights.length]);
    expect(place.hub.requests.filter(({ url }) => url.includes('README') || url.includes('training'))).toEqual([]);
  });

  it('brings the weights last, and tells how far it is', async () => {
    const folder = await fetchModel(reference, place.options);
    const files = place.events.flatMap((event) => (event.type === 'progress' ? [event.file] : []));
    expect(files[0]).toMatch(/tokenizer/);
    expect(files.at(-1)).toBe('owt/absorb/model.safetensors');
    const shown = place.events.flatMap((event) =>
      event.type === 'progress' && event.file.endsWith('.safetensors') ? [event.bytes] : [],
    );
    expect(shown[0]).toBe(0);
    expect(shown.at(-1)).toBe(weights.length);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(place.events.at(-1)).toMatchObject({
      type: 'finished',
      source: `${place.hub.endpoint}/${repo}`,
      commit,
      files: ['tokenizer.json', 'config.json', 'model.safetensors'].map((name) => `owt/absorb/${name}`),
      bytes: weights.length + 2 + zoo['owt/absorb/config.json'].length,
    });
    expect(folder).toContain(commit);
  });

  it('gives a folder that opens', async () => {
    const fixture = join(import.meta.dirname, '../../fixtures/parity/blockgen-absorb-causal');
    const names = ['config.json', 'model.safetensors'];
    const files = Object.fromEntries(names.map((name) => [`a/b/absorb/${name}`, readFileSync(join(fixture, name))]));
    place.hub.repositories.set(repo, { files });
    const { denoiser } = await openModel(await fetchModel(`hf:${repo}/a/b/absorb`, place.options), { backend: 'cpu' });
    expect(denoiser.manifest).toMatchObject({ process: 'absorbing', name: 'absorb' });
    denoiser.dispose();
  });

  it('takes a checkpoint at the root of a repository', async () => {
    const files = { 'config.json': text('{}'), 'model.safetensors': weights };
    place.hub.repositories.set(repo, { files });
    expect(await fetchModel(`hf:${repo}/`, place.options)).toBe(join(place.cache, 'snapshots', commit));
  });

  it('reads a listing of several pages', async () => {
    place.hub.pageSize = 2;
    await fetchModel(reference, place.options);
    expect(place.hub.requests.filter(({ url }) => url.includes('/tree/'))).toHaveLength(2);
  });
});

describe('revisions', () => {
  it('takes a branch with a slash, and keeps its commit where other tools look for it', async () => {
    place.hub.repositories.set(repo, { files: zoo, refs: { main: commit, 'refs/pr/1': other } });
    const folder = await fetchModel(`${reference}@refs/pr/1`, place.options);
    expect(folder).toBe(join(place.cache, 'snapshots', other, 'owt', 'absorb'));
    expect(read(place.cache, 'refs/refs/pr/1').toString()).toBe(other);
    expect(place.hub.requests[0]?.url).toBe(`/api/models/${repo}/revision/refs%2Fpr%2F1`);
  });

  it('downloads only what changed when a branch moves', async () => {
    await fetchModel(reference, place.options);
    const files = { ...zoo, 'owt/absorb/config.json': text('{"type":"dit"}') };
    place.hub.repositories.set(repo, { files, refs: { main: other } });
    place.hub.taken();
    const folder = await fetchModel(reference, place.options);
    expect(folder).toContain(other);
    expect(read(folder, 'config.json').toString()).toBe('{"type":"dit"}');
    expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
    expect(place.hub.storageRequests).toEqual([]);
    expect(read(place.cache, 'refs/main').toString()).toBe(other);
  });
});

describe('a cache that has it all', () => {
  it('asks only what a branch is, and nothing for a commit', async () => {
    const folder = await fetchModel(reference, place.options);
    place.hub.taken();
    place.events.length = 0;
    expect(await fetchModel(reference, place.options)).toBe(folder);
    expect(place.hub.taken()).toEqual([`/api/models/${repo}/revision/main`]);
    expect(await fetchModel(`${reference}@${commit}`, place.options)).toBe(folder);
    expect(place.hub.taken()).toEqual([]);
    expect(place.events).toEqual([]);
  });

  it('goes on where an earlier call was stopped between two files', async () => {
    await fetchTokenizer(reference, place.options);
    place.hub.taken();
    await fetchModel(`${reference}@${commit}`, place.options);
    const urls = place.hub.taken().filter((url) => url.includes('resolve/'));
    expect(urls.filter((url) => url.includes('config.json'))).toHaveLength(1);
    expect(urls.filter((url) => url.includes('tokenizer.json'))).toEqual([]);
  });

  it('downloads again what was deleted behind a link', async () => {
    const folder = await fetchModel(reference, place.options);
    rmSync(join(place.cache, 'blobs', sha256(weights)));
    await fetchModel(reference, place.options);
    expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
    expect(lstatSync(join(folder, 'model.safetensors')).isSymbolicLink()).toBe(true);
  });
});

describe('fetchTokenizer', () => {
  it('brings a tokenizer without its model', async () => {
    const folder = await fetchTokenizer(reference, place.options);
    expect(readdirSync(folder)).toEqual(['tokenizer.json']);
  });
});
