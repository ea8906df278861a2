import { createHash } from 'node:crypto';
import { expect, it, onTestFinished, vi } from 'vitest';
import { download } from '../../src/browser/request.js';
import { serveFolder } from './folder-server.js';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('what is handed to the browser in parts is one file again', async () => {
  const body = new Uint8Array(40 * 2 ** 20 + 3);
  new Uint32Array(body.buffer, 0, body.length >> 2).forEach((_, i, words) => {
    words[i] = i;
  });
  const { address } = await serveFolder('.', { large: { body } });
  const told: (readonly [number, number | null])[] = [];
  const blob = await download(new URL(`${address}large`), { progress: (...each) => told.push(each) });
  if (!(blob instanceof Blob)) throw new Error(blob.missing);
  expect(hashOf(new Uint8Array(await blob.arrayBuffer()))).toBe(hashOf(body));
  expect(told.at(-1)).toEqual([body.length, body.length]);
});

it('an empty file is one', async () => {
  const { address } = await serveFolder('.', { empty: { body: '' } });
  expect(await download(new URL(`${address}empty`))).toMatchObject({ size: 0 });
});

it.each([
  [404, 'text/plain'],
  [503, 'text/plain'],
  [200, 'text/html'],
])('leaves what it does not want where it is: %i %s', async (status, type) => {
  const cancel = vi.fn();
  const headers = { 'content-type': type };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream({ cancel }), { status, headers })));
  onTestFinished(() => void vi.unstubAllGlobals());
  await download(new URL('http://localhost/file')).catch(() => undefined);
  expect(cancel).toHaveBeenCalledTimes(1);
});
