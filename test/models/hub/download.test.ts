import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { HubEvent } from '../../../src/models/hub/events.js';
import { fetchModel } from '../../../src/models/hub/fetch-model.js';
import { request } from '../../../src/models/hub/http.js';
import { settingsOf } from '../../../src/models/hub/settings.js';
import { FakeHub, sha256 } from '../../support/hub-server.js';
import { read, reference, refusal, token, useHub, weights } from './support.js';

const place = useHub();

const storage = /^storage:/;
const blob = (): string => join(place.cache, 'blobs', sha256(weights));
const partial = (): string => `${blob()}.incomplete`;

/** Ranges asked for and bytes sent by the host of large files. */
const parts = () => place.hub.storageRequests.map(({ headers, sent }) => ({ range: headers.range, sent }));

/** Lays down the beginning of a download. */
function begin(content: Buffer): void {
  mkdirSync(join(place.cache, 'blobs'), { recursive: true });
  writeFileSync(partial(), content);
}

async function whole(): Promise<void> {
  const folder = await fetchModel(reference, place.options);
  expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
  expect(existsSync(partial())).toBe(false);
}

describe('a connection that drops', () => {
  it('is opened again for the rest, so that no byte comes twice', async () => {
    place.hub.faults = [
      { on: storage, dropAfter: 100_000 },
      { on: storage, dropAfter: 50_000 },
    ];
    await whole();
    const [first, second, third] = parts();
    expect(first?.range).toBeUndefined();
    expect(Number(/^bytes=(\d+)-$/.exec(second?.range ?? '')?.[1])).toBeGreaterThan(0);
    const begins = [second, third].map((part) => Number(/\d+/.exec(part?.range ?? '')?.[0]));
    expect(begins[0]).toBeLessThanOrEqual(100_000);
    expect(third?.sent).toBe(weights.length - Number(begins[1]));
    expect(place.events.filter(({ type }) => type === 'waiting')).toHaveLength(2);
  });

  it('is told of with what is left to do when it keeps dropping, and the next call goes on from there', async () => {
    place.hub.faults = Array.from({ length: 3 }, () => ({ on: storage, status: 503 }));
    place.hub.faults.unshift({ on: storage, endAfter: 120_000 });
    const message = await refusal(fetchModel(reference, place.options));
    expect(message).toMatch(/model\.safetensors broke at 120000 of 300000 bytes: .*503.*goes on from there/);
    expect(message).not.toContain('signature');
    expect(statSync(partial()).size).toBe(120_000);
    place.hub.taken();
    await whole();
    expect(parts()).toEqual([{ range: 'bytes=120000-', sent: 180_000 }]);
  });

  it('is opened again as often as it takes, as long as something comes', async () => {
    place.hub.faults = Array.from({ length: 10 }, () => ({ on: storage, endAfter: 20_000 }));
    await whole();
    expect(parts()).toHaveLength(11);
  });

  it('counts as dropped when nothing comes any more', async () => {
    place.environment['HF_HUB_DOWNLOAD_TIMEOUT'] = '0.2';
    place.hub.faults = [{ on: storage, stallAfter: 100_000 }];
    await whole();
    expect(place.events).toContainEqual(
      expect.objectContaining({ type: 'waiting', reason: expect.stringMatching(/sent nothing for 0\.2 s/) }),
    );
  });
});

describe('a server that lies or errs', () => {
  it('may end a file too early', async () => {
    place.hub.faults = [{ on: storage, endAfter: 70_000 }];
    await whole();
    expect(parts()).toEqual([
      { range: undefined, sent: 70_000 },
      { range: 'bytes=70000-', sent: 230_000 },
    ]);
  });

  it('may ignore the range', async () => {
    begin(weights.subarray(0, 1000));
    place.hub.faults = [{ on: storage, ignoreRange: true }];
    await whole();
    expect(parts()).toEqual([{ range: 'bytes=1000-', sent: weights.length }]);
  });

  it('may refuse the range', async () => {
    begin(weights.subarray(0, 1000));
    place.hub.faults = [{ on: storage, status: 416 }];
    await whole();
    expect(parts().map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
  });

  it.each([
    ['other bytes', Buffer.alloc(weights.length, 7)],
    ['more bytes', Buffer.concat([weights, weights])],
  ])('may send %s: they are deleted', async (_, content) => {
    place.hub.faults = [{ on: storage, content }];
    expect(await refusal(fetchModel(reference, place.options))).toMatch(
      /model\.safetensors of .* is not what it lists: 300000 bytes with sha256 .*deleted/,
    );
    expect(readdirSync(join(place.cache, 'blobs')).filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
    await whole();
  });

  it('is believed no more than the hash of a small file allows', async () => {
    place.hub.faults = [{ on: /resolve-cache.*config\.json/, content: Buffer.from('{"type":"blokk-dit"}') }];
    expect(await refusal(fetchModel(reference, place.options))).toMatch(/config\.json.*git-sha1/);
    expect(place.hub.storageRequests).toEqual([]);
  });

  it.each([500, 502, 503, 429, 408])('is asked again after a %i', async (status) => {
    place.hub.faults = [
      { on: /revision\/main/, status },
      { on: /\/tree\//, status },
      { on: /resolve\/.*model/, status },
    ];
    await whole();
  });

  it('is given the time that it asks for, within reason', async () => {
    place.hub.faults = [{ on: /revision/, status: 429, headers: { 'retry-after': '1' } }];
    await whole();
    expect(place.events[0]).toMatchObject({ type: 'waiting', seconds: 1, reason: expect.stringMatching(/429/) });
    place.hub.repositories.set('a/b', { files: {} });
    place.hub.faults = [{ on: /revision/, status: 429, headers: { 'retry-after': '3600' } }];
    expect(await refusal(fetchModel('hf:a/b', place.options))).toMatch(/429.*try again later/);
  });
});

describe('bytes that are here already', () => {
  it('need no request when they are all', async () => {
    begin(weights);
    await whole();
    expect(parts()).toEqual([]);
  });

  it('are thrown away when they turn out wrong', async () => {
    begin(Buffer.alloc(1000, 1));
    await whole();
    expect(parts().map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
  });

  it('are thrown away when they are too many', async () => {
    begin(Buffer.concat([weights, weights]));
    await whole();
    expect(parts().map(({ range }) => range)).toEqual([undefined]);
  });

  it('are used where another tool downloaded them', async () => {
    mkdirSync(join(place.cache, 'blobs'), { recursive: true });
    writeFileSync(blob(), weights);
    await whole();
    expect(parts()).toEqual([]);
  });
});

describe('the token', () => {
  it('goes to the hub with each request, and to no other host', async () => {
    place.environment['HF_TOKEN'] = token;
    await whole();
    expect(new Set(place.hub.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${token}`]),
    );
    expect(place.hub.storageRequests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(JSON.stringify(place.events)).not.toContain(token);
  });

  it('stays at home where an address in an answer leads elsewhere', async () => {
    const stranger = await FakeHub.start();
    const settings = await settingsOf({ environment: { ...place.environment, HF_TOKEN: token } });
    for (const { endpoint } of [stranger, place.hub]) {
      await request(settings, `${endpoint}/api/models/a/b/revision/main`, {}, () => Promise.resolve());
    }
    expect(stranger.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(place.hub.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`]);
    expect(`${JSON.stringify(settings)} ${inspect(settings)}`).not.toContain(token);
    await stranger.stop();
  });
});

describe('two at once', () => {
  it('download a file once', async () => {
    const folders = await Promise.all([1, 2, 3].map(() => fetchModel(reference, place.options)));
    expect(new Set(folders).size).toBe(1);
    await whole();
    expect(parts()).toHaveLength(1);
    const notes = readdirSync(join(place.home, 'hub', '.locks', 'models--someone--zoo'));
    expect(notes.filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it.each([
    ['is gone', hostname(), new Date()],
    ['gave no sign of life on another machine', 'another', new Date(Date.now() - 60_000)],
  ])('do not wait for a process that %s', async (_, host, seen) => {
    const locks = join(place.home, 'hub', '.locks', 'models--someone--zoo');
    mkdirSync(locks, { recursive: true });
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const lock = join(locks, `${sha256(weights)}.samplewire.lock`);
    writeFileSync(lock, `${String(pid)} ${host}`);
    utimesSync(lock, seen, seen);
    await whole();
    expect(place.events.filter(({ type }) => type === 'waiting')).toEqual([]);
  });

  it('wait for a process that is at work on another machine', async () => {
    const lock = join(place.home, 'hub', '.locks', 'models--someone--zoo', `${sha256(weights)}.samplewire.lock`);
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '1 another');
    const progress = (event: HubEvent): void => {
      if (event.type !== 'waiting') return;
      expect(event.reason).toMatch(/another process is downloading owt\/absorb\/model\.safetensors/);
      rmSync(lock, { force: true });
    };
    const folder = await fetchModel(reference, { ...place.options, progress });
    expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
    expect.assertions(2);
  });
});

describe('an abort', () => {
  it('leaves what has come, and the next call goes on from there', async () => {
    const stopping = new AbortController();
    place.hub.faults = [{ on: storage, stallAfter: 150_000 }];
    const call = fetchModel(reference, { ...place.options, signal: stopping.signal });
    const looking = setInterval(() => {
      if ((statSync(partial(), { throwIfNoEntry: false })?.size ?? 0) === 150_000) stopping.abort();
    }, 5);
    const outcome: unknown = await call.catch((error: unknown) => error);
    clearInterval(looking);
    expect(outcome).toBe(stopping.signal.reason);
    place.hub.taken();
    await whole();
    expect(parts()).toEqual([{ range: 'bytes=150000-', sent: 150_000 }]);
  });

  it('before the beginning asks nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(fetchModel(reference, { ...place.options, signal })).rejects.toBe(signal.reason);
    expect(place.hub.taken()).toEqual([]);
  });

  it('ends a wait', async () => {
    const stopping = new AbortController();
    place.hub.faults = [{ on: /revision/, status: 503 }];
    const outcome: unknown = await fetchModel(reference, {
      ...place.options,
      retryDelays: [600_000],
      signal: stopping.signal,
      progress: () => {
        stopping.abort();
      },
    }).catch((error: unknown) => error);
    expect(outcome).toBe(stopping.signal.reason);
  });
});
