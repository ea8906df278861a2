import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchModel } from '../../../src/models/hub/fetch-model.js';
import { read, reference, refusal, repo, text, token, useHub, weights, zoo } from './support.js';

const place = useHub();
const refused = (given: string): Promise<string> => refusal(fetchModel(given, place.options));

describe('a repository that cannot be read', () => {
  it('is private or does not exist, for all that is known without a token', async () => {
    const message = await refused('hf:someone/else');
    expect(message).toMatch(/no model repository someone\/else, or it is private: set HF_TOKEN/);
    expect(message).toContain(place.hub.endpoint);
  });

  it('names where a token comes from that does not help', async () => {
    place.environment['HF_TOKEN'] = token;
    expect(await refused('hf:someone/else')).toMatch(/or it is private: the token in HF_TOKEN may not read it/);
  });

  it('is closed even where it is public to a token that the hub does not know', async () => {
    place.environment['HF_TOKEN'] = token;
    place.hub.faults = [{ on: /revision/, status: 401 }];
    const message = await refused(reference);
    expect(message).toMatch(/does not accept the token in HF_TOKEN \(401 Unauthorized\)/);
    expect(message).toContain('HF_HUB_DISABLE_IMPLICIT_TOKEN=1');
    expect(message).not.toContain(token);
  });

  it('may be gated: where to ask, and how to show it', async () => {
    place.hub.repositories.set(repo, { files: zoo, gated: 'hf_another' });
    expect(await refused(reference)).toMatch(
      /someone\/zoo is gated: ask for access on http.*\/someone\/zoo, then set HF_TOKEN/,
    );
    place.environment['HUGGING_FACE_HUB_TOKEN'] = token;
    expect(await refused(reference)).toMatch(/gated: .*the token in HUGGING_FACE_HUB_TOKEN may not read it/);
  });

  it.each([
    [403, /does not let someone\/zoo be read \(403/],
    [401, /or it is private: set HF_TOKEN/],
    [418, /answered 418/],
  ])('says what a bare %i means', async (status, message) => {
    place.hub.faults = [{ on: /revision/, status }];
    expect(await refused(reference)).toMatch(message);
  });

  it('blames the host that keeps large files for its own refusals, without its address', async () => {
    place.hub.faults = [{ on: /^storage/, status: 403 }];
    const message = await refused(reference);
    expect(message).toMatch(/^127\.0\.0\.1:\d+, where the hub keeps owt\/absorb\/model\.safetensors .* answered 403/);
    expect(message).not.toMatch(/signature|HF_TOKEN/);
  });
});

describe('what a repository does not have', () => {
  it('a revision', async () => {
    expect(await refused(`${reference}@v2`)).toMatch(/^someone\/zoo has no revision v2\.$/);
    expect(await refused(`hf:${repo}@main/owt/absorb`)).toMatch(
      /no revision main\/owt\/absorb; the revision goes last: hf:someone\/zoo\/owt\/absorb@main/,
    );
  });

  it('a folder: names those that hold checkpoints, nearest first, and what was probably meant', async () => {
    const files = Object.fromEntries(
      ['a/x', 'owt/b/absorb', 'owt/b/uniform', 'owt/c', 'tinygsm'].map((folder) => [
        `${folder}/config.json`,
        text('{}'),
      ]),
    );
    place.hub.repositories.set(repo, { files });
    expect(await refused(`hf:${repo}/owt/b/absorv`)).toMatch(
      /no checkpoint \(config\.json\) in owt\/b\/absorv; folders with one: owt\/b\/absorb, owt\/b\/uniform, owt\/c, a\/x, tinygsm; did you mean "owt\/b\/absorb"\?/,
    );
    expect(await refused(`hf:${repo}/owt`)).toMatch(
      /no checkpoint \(config\.json\) in owt; folders with one: owt\/b\/absorb/,
    );
    expect(await refused(`hf:${repo}`)).toMatch(/no checkpoint \(config\.json\) at its root; folders with one: a\/x/);
  });

  it('any checkpoint', async () => {
    place.hub.repositories.set(repo, { files: { 'README.md': text('') } });
    expect(await refused(`hf:${repo}`)).toMatch(/nor in any other folder/);
  });

  it('weights, or weights in one file', async () => {
    const config = { 'config.json': text('{}') };
    place.hub.repositories.set(repo, { files: config });
    expect(await refused(`hf:${repo}`)).toMatch(
      /not a checkpoint in the published layout: there is no model\.safetensors/,
    );
    place.hub.repositories.set(repo, { files: { ...config, 'model.safetensors.index.json': text('{}') } });
    expect(await refused(`hf:${repo}`)).toMatch(/several files/);
  });
});

describe('what cannot be a reference', () => {
  it.each([
    'hf:',
    'hf:repo',
    'hf:org/',
    'hf://org/repo',
    'hf:org/repo//folder',
    'hf:org/repo/../other',
    'hf:org/repo@',
    'hf:org/repo@../../main',
    'hf:org/repo@a b',
    'hf:../repo',
    'hf:org/re po',
    'hf:org/re--po',
    'hf:org/repo/C:/x',
  ])('%s: shows what a right one looks like', async (given) => {
    const message = await refused(given);
    expect(message).toMatch(/Write it like hf:\S+ or hf:org\/repo\/sub\/folder@revision\.$/);
    expect(place.hub.taken()).toEqual([]);
    expect(existsSync(join(place.home, 'hub'))).toBe(false);
  });
});

describe('the environment', () => {
  it('keeps a token in a file, of which HF_TOKEN_PATH may name the place', async () => {
    place.hub.repositories.set(repo, { files: zoo, token });
    writeFileSync(join(place.home, 'token'), `${token}\n`);
    await fetchModel(reference, place.options);
    const elsewhere = join(place.home, 'mine');
    writeFileSync(elsewhere, 'hf_wrong');
    place.environment['HF_TOKEN_PATH'] = elsewhere;
    expect(await refused(`${reference}@main`)).toContain(`the token in ${elsewhere} may not read it`);
    place.environment['HF_TOKEN'] = token;
    await fetchModel(reference, place.options);
    place.environment['HF_HUB_DISABLE_IMPLICIT_TOKEN'] = '1';
    expect(await refused(reference)).toMatch(/set HF_TOKEN/);
  });

  it.each([`${token}\nsecond line`, `${token} and more`, `${token}\u00e4`])(
    'refuses a token that is none',
    async (odd) => {
      place.environment['HF_TOKEN'] = odd;
      expect(await refused(reference)).toMatch(/token in HF_TOKEN holds characters/);
    },
  );

  it.each([
    'not an address',
    'ftp://hub',
    `http://someone:${token}@127.0.0.1`,
    `ftp://someone:${token}@hub`,
    `https://someone:${token}@127.0.0.1:99999`,
  ])('refuses the address %j, without what is secret in it', async (odd) => {
    place.environment['HF_ENDPOINT'] = odd;
    expect(await refused(reference)).toMatch(/HF_ENDPOINT/);
    expect(await refused(reference)).not.toContain(token);
  });

  it('may lead to something that is no hub', async () => {
    place.environment['HF_ENDPOINT'] = `${place.hub.endpoint}/someone/zoo/resolve/main/README.md?`;
    place.hub.faults = Array.from({ length: 9 }, () => ({ on: /./, status: 200 }));
    expect(await refused(reference)).toMatch(/not JSON/);
  });

  it('names the cache, first of all by HF_HUB_CACHE', async () => {
    const cache = join(place.home, 'elsewhere');
    place.environment['HF_HUB_CACHE'] = cache;
    expect(await fetchModel(reference, place.options)).toContain(join(cache, 'models--someone--zoo', 'snapshots'));
    const { HF_ENDPOINT = '' } = place.environment;
    const inHome = { HOME: place.home, HF_ENDPOINT };
    const folders = [
      inHome,
      { ...inHome, XDG_CACHE_HOME: join(place.home, 'xdg') },
      { ...inHome, HF_HOME: '~/hf' },
    ].map((environment) => fetchModel(reference, { ...place.options, environment }));
    const [byHome, byXdg, byTilde] = await Promise.all(folders);
    expect(byHome).toContain(join(place.home, '.cache', 'huggingface', 'hub', 'models--'));
    expect(byXdg).toContain(join(place.home, 'xdg', 'huggingface', 'hub', 'models--'));
    expect(byTilde).toContain(join(place.home, 'hf', 'hub', 'models--'));
  });
});

describe('a disk that fails', () => {
  it('is named, with the way to another', async () => {
    writeFileSync(join(place.home, 'hub'), 'a file in the way');
    expect(await refused(reference)).toMatch(/cannot be used .*HF_HOME names another place/);
  });

  it('may hold something else where the cache has a folder', async () => {
    mkdirSync(join(place.cache, 'snapshots'), { recursive: true });
    writeFileSync(join(place.cache, 'blobs'), '');
    expect(await refused(reference)).toMatch(/HF_HOME/);
    expect(read(place.cache, 'blobs').length).toBe(0);
    expect(weights.length).toBeGreaterThan(0);
  });
});
