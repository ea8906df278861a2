import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchModel } from '../../../src/models/hub/fetch-model.js';
import { commit, FakeHub } from '../../support/hub-server.js';
import { reference, refusal, useHub, weights, zoo } from './support.js';

const place = useHub();

/** What `huggingface_hub.hf_hub_download` leaves of two files. */
function downloadedByPython(): string {
  const folder = join(place.cache, 'snapshots', commit, 'owt', 'absorb');
  for (const made of [folder, join(place.cache, 'blobs'), join(place.cache, 'refs')])
    mkdirSync(made, { recursive: true });
  for (const [name, content] of [
    ['config.json', zoo['owt/absorb/config.json']] as const,
    ['model.safetensors', weights] as const,
  ]) {
    writeFileSync(join(place.cache, 'blobs', name), content);
    symlinkSync(join('../../../../blobs', name), join(folder, name));
  }
  writeFileSync(join(place.cache, 'refs', 'main'), commit);
  return folder;
}

describe('offline', () => {
  it.each(['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])('takes what the cache has (%s)', async (name) => {
    const folder = await fetchModel(reference, place.options);
    place.hub.taken();
    place.environment[name] = '1';
    expect(await fetchModel(reference, place.options)).toBe(folder);
    expect(await fetchModel(`${reference}@${commit}`, place.options)).toBe(folder);
    expect(place.hub.taken()).toEqual([]);
  });

  it('takes what the Python tools downloaded', async () => {
    const folder = downloadedByPython();
    place.environment['HF_HUB_OFFLINE'] = 'yes';
    expect(await fetchModel(reference, place.options)).toBe(folder);
    expect(place.hub.taken()).toEqual([]);
  });

  it('refuses what the cache has not, and says what forbids the network', async () => {
    place.environment['TRANSFORMERS_OFFLINE'] = 'TRUE';
    expect(await refusal(fetchModel(reference, place.options))).toMatch(
      /hf:someone\/zoo\/owt\/absorb is not in the cache \(.*\), or not intact, and TRANSFORMERS_OFFLINE forbids/,
    );
    rmSync(join(downloadedByPython(), 'model.safetensors'));
    expect(await refusal(fetchModel(reference, place.options))).toMatch(/not in the cache/);
    expect(place.hub.taken()).toEqual([]);
  });

  it.each(['0', 'false', ''])('is not meant by %j', async (value) => {
    place.environment['HF_HUB_OFFLINE'] = value;
    await fetchModel(reference, place.options);
  });
});

describe('without a network', () => {
  /** An address where nobody listens any more. */
  async function nowhere(): Promise<string> {
    const hub = await FakeHub.start();
    await hub.stop();
    return hub.endpoint;
  }

  it('takes what the cache has, and tells so', async () => {
    const folder = await fetchModel(reference, place.options);
    place.events.length = 0;
    expect(await fetchModel(reference, { ...place.options, endpoint: await nowhere() })).toBe(folder);
    expect(place.events).toMatchObject([
      { type: 'cached', reason: expect.stringMatching(/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/) },
    ]);
  });

  it('does the same while the hub keeps failing, after one try', async () => {
    const folder = await fetchModel(reference, place.options);
    place.hub.taken();
    place.events.length = 0;
    place.hub.faults = [{ on: /revision/, status: 503 }];
    expect(await fetchModel(reference, place.options)).toBe(folder);
    expect(place.hub.taken()).toHaveLength(1);
    expect(place.events).toMatchObject([{ type: 'cached' }]);
  });

  it('refuses what the cache has not', async () => {
    expect(await refusal(fetchModel(reference, { ...place.options, endpoint: await nowhere() }))).toMatch(
      /hf:someone\/zoo\/owt\/absorb cannot be fetched: 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\).*is there a network\?/,
    );
    // At once: where there is no way to a host, none opens in seconds.
    expect(place.events).toEqual([]);
  });
});

it('asks once whether there is more than the Python tools downloaded', async () => {
  const folder = downloadedByPython();
  expect(await fetchModel(`${reference}@${commit}`, place.options)).toBe(folder);
  expect(place.hub.taken().filter((url) => url.includes('resolve/'))).toHaveLength(1);
  expect(await fetchModel(`${reference}@${commit}`, place.options)).toBe(folder);
  expect(place.hub.taken()).toEqual([]);
});
