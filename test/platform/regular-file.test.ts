import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { readRegularFile, readRegularFileSync } from '../../src/platform/regular-file.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-regular-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const limit = { what: 'a test file', most: 8 };

describe.each([
  ['readRegularFile', readRegularFile],
  [
    'readRegularFileSync',
    (...given: Parameters<typeof readRegularFile>) => Promise.resolve().then(() => readRegularFileSync(...given)),
  ],
])('%s', (_, read) => {
  it('gives the bytes of a file up to its limit, through links too', async () => {
    const path = join(folder, 'whole');
    await writeFile(path, '12345678');
    await rm(join(folder, 'link'), { force: true });
    await symlink('whole', join(folder, 'link'));
    expect((await read(path, limit))?.toString()).toBe('12345678');
    expect((await read(join(folder, 'link'), limit))?.toString()).toBe('12345678');
  });

  it('gives nothing where there is no file', async () => {
    expect(await read(join(folder, 'none'), limit)).toBeUndefined();
    await writeFile(join(folder, 'plain'), '');
    expect(await read(join(folder, 'plain', 'below'), limit)).toBeUndefined();
  });

  it('refuses a larger file before any of it is read', async () => {
    const path = join(folder, 'sparse');
    await writeFile(path, '');
    // More than memory has.
    await truncate(path, 2 ** 42);
    await expect(read(path, limit)).rejects.toThrow(
      new InputError(`${path} has ${2 ** 42} bytes; a test file may have 8 at most.`),
    );
  });

  it('refuses a folder, a pipe, a socket and devices at once', async () => {
    const pipe = join(folder, `pipe-${String(Math.random())}`);
    execFileSync('mkfifo', [pipe]);
    // The system takes paths of sockets up to 107 bytes, and the folder of the tests may lie deep.
    const short = await mkdtemp('/tmp/s-');
    const socket = join(short, 's');
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
    try {
      for (const [path, kind] of [
        [folder, 'a folder'],
        [pipe, 'a pipe'],
        [socket, 'a socket'],
        ['/dev/zero', 'a device'],
      ] as const) {
        await expect(read(path, limit)).rejects.toThrow(
          new InputError(`${path} is ${kind}; a test file must be a regular file.`),
        );
      }
    } finally {
      server.close();
      await rm(short, { recursive: true });
    }
  });

  it('gives nothing of what the kernel makes up as it is read', async () => {
    expect((await read('/proc/self/environ', limit))?.length).toBe(0);
  });
});
