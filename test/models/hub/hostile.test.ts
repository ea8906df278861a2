import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fetchModel } from '../../../src/models/hub/fetch-model.js';
import { commit, sha256 } from '../../support/hub-server.js';
import { read, reference, refusal, useHub, weights } from './support.js';

const place = useHub();

/** Takes the place of the hub for requests whose URL matches. */
function answer(on: RegExp, how: (response: ServerResponse, url: string) => void): void {
  place.hub.impostor = ({ url = '' }, response) => {
    if (!on.test(url)) return false;
    how(response, url);
    return true;
  };
}

const fetched = (revision = ''): Promise<string> => refusal(fetchModel(`${reference}${revision}`, place.options));

/** Writes blocks of spaces for as long as somebody reads, and counts them. */
function pour(response: NodeJS.WritableStream, counted: { blocks: number }): void {
  const block = Buffer.alloc(1 << 20, ' ');
  const more = (): void => {
    counted.blocks += 1;
    if (counted.blocks > 2000) response.end();
    else response.write(block, () => setImmediate(more));
  };
  more();
}

describe('a commit that was asked for by its hash', () => {
  const other = 'd00d'.padEnd(40, '0');

  it('is not another one that the hub answers with', async () => {
    answer(/\/revision\//, (response) => response.end(JSON.stringify({ sha: other })));
    expect(await fetched(`@${commit}`)).toBe(
      `${place.hub.endpoint} was asked for commit ${commit} of someone/zoo and answers with ${other}; is HF_ENDPOINT right?`,
    );
    expect(place.hub.storageRequests).toEqual([]);
  });

  it.each(['', `@${commit}`])('is not another one that its files are listed of (%s)', async (revision) => {
    answer(/\/tree\//, (response) => response.writeHead(200, { 'x-repo-commit': other }).end('[]'));
    expect(await fetched(revision)).toContain(
      `was asked for commit ${commit} of someone/zoo and answers with ${other}`,
    );
  });

  it('may be said in the answer as it is', async () => {
    place.hub.repositories.set('someone/zoo', {
      files: { 'config.json': Buffer.from('{}'), 'model.safetensors': weights },
    });
    await fetchModel(`hf:someone/zoo@${commit}`, place.options);
  });
});

describe('an answer without end', () => {
  const message = /127\.0\.0\.1:\d+ answers with more than 20000000 bytes where a list of files was asked for/;

  it.each([/\/revision\//, /\/tree\//])('is not read to its end: %s', async (on) => {
    const counted = { blocks: 0 };
    answer(on, (response) => pour(response, counted));
    expect(await fetched()).toMatch(message);
    // What the sockets hold comes on top of 20 MB.
    expect(counted.blocks).toBeLessThan(200);
  });

  it('is not unpacked to its end', async () => {
    const counted = { blocks: 0 };
    answer(/\/tree\//, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const packed = createGzip();
      packed.pipe(response);
      pour(packed, counted);
    });
    expect(await fetched()).toMatch(message);
  });
});

describe('pages of a listing', () => {
  const page = (response: ServerResponse, link: string): unknown => response.writeHead(200, { link }).end('[]');

  it.each([
    ['http://[', /the next page is no address/],
    ['http://elsewhere.example/api', /the next page is at elsewhere\.example/],
    ['file:///etc/passwd', /the next page is at file:;/],
  ])('are followed to no address like %s', async (target, message) => {
    answer(/\/tree\//, (response) => page(response, `<${target}>; rel="next"`));
    expect(await fetched()).toMatch(message);
  });

  it('are not the same one again', async () => {
    answer(/\/tree\//, (response, url) => page(response, `<${url}>; rel="next"`));
    expect(await fetched()).toMatch(/the next page is this page/);
  });

  it('are not without end', async () => {
    let pages = 0;
    answer(/\/tree\//, (response) => page(response, `<?cursor=${String((pages += 1))}>; rel="next"`));
    expect(await fetched()).toBe(`${place.hub.endpoint} lists owt/absorb in more than 20 pages.`);
    expect(pages).toBe(20);
  });
});

describe('a trickle', () => {
  it('ends with an error that says how to go on', async () => {
    place.environment['HF_HUB_DOWNLOAD_TIMEOUT'] = '0.3';
    place.hub.faults = Array.from({ length: 1000 }, () => ({ on: /^storage:/, trickle: true as const }));
    expect(await refusal(fetchModel(reference, { ...place.options, retryDelays: [1] }))).toMatch(
      /model\.safetensors broke at \d+ of 300000 bytes: 127\.0\.0\.1:\d+ sent no more than \d+ bytes in [\d.]+ s\. The same command goes on from there/,
    );
    // The first try and another.
    expect(place.hub.storageRequests).toHaveLength(2);
  }, 20_000);

  it('of a few bytes a connection ends, too', async () => {
    place.hub.faults = Array.from({ length: 1000 }, () => ({ on: /^storage:/, endAfter: 1 }));
    expect(await refusal(fetchModel(reference, { ...place.options, retryDelays: [20, 20, 20] }))).toMatch(
      /broke at 4 of 300000 bytes/,
    );
  });

  it('ends where a listing is waited for', async () => {
    place.environment['HF_HUB_DOWNLOAD_TIMEOUT'] = '0.3';
    answer(/\/tree\//, (response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    expect(await refusal(fetchModel(reference, { ...place.options, retryDelays: [1] }))).toMatch(
      /sent no more than \d+ bytes in [\d.]+ s/,
    );
  }, 20_000);
});

describe('a content in the cache', () => {
  const blob = (): string => join(place.cache, 'blobs', sha256(weights));
  const damage = (): void => {
    const content = readFileSync(blob());
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
    writeFileSync(blob(), content);
  };
  const downloads = (): number => place.hub.taken().filter((url) => url.includes('signature')).length;

  it.each(['', `@${commit}`])('of the right size and with a wrong bit is fetched again (%s)', async (revision) => {
    await fetchModel(`${reference}${revision}`, place.options);
    damage();
    place.hub.taken();
    const folder = await fetchModel(`${reference}${revision}`, place.options);
    expect(read(folder, 'model.safetensors').equals(weights)).toBe(true);
    expect(downloads()).toBe(1);
    await fetchModel(`${reference}${revision}`, place.options);
    expect(downloads()).toBe(0);
  });

  it('is not taken without a network when it is damaged', async () => {
    await fetchModel(reference, place.options);
    damage();
    place.environment['HF_HUB_OFFLINE'] = '1';
    expect(await fetched()).toMatch(/is not in the cache \(.*\), or not intact, and HF_HUB_OFFLINE forbids/);
  });

  it('of a small file is checked as well', async () => {
    const folder = await fetchModel(`${reference}@${commit}`, place.options);
    const config = join(folder, 'config.json');
    const right = readFileSync(config, 'utf8');
    writeFileSync(config, right.replace('block', 'blokk'));
    await fetchModel(`${reference}@${commit}`, place.options);
    expect(readFileSync(config, 'utf8')).toBe(right);
  });
});
