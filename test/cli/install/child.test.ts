import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runChild, type ChildOptions } from '../../../src/cli/install/child.js';

const options: ChildOptions = { environment: process.env, signal: new AbortController().signal };
const speaking = [process.execPath, '-e', 'console.log("out"); console.error("err")'] as const;

it('keeps what a command says in a file as well', async () => {
  const log = join(await mkdtemp(join(tmpdir(), 'samplewire-child-')), 'log');
  expect(await runChild(speaking, { ...options, log })).toEqual({ status: 0, stdout: 'out\n', stderr: 'err\n' });
  const text = await readFile(log, 'utf8');
  expect([text.includes('out'), text.includes('err')]).toEqual([true, true]);
});

it('comes to its end where that file cannot be written, as on a full disk', async () => {
  const nowhere = join(await mkdtemp(join(tmpdir(), 'samplewire-child-')), 'missing', 'log');
  expect(await runChild(speaking, { ...options, log: nowhere })).toMatchObject({ status: 0, stdout: 'out\n' });
});

it('says that a command cannot be started', async () => {
  expect(await runChild(['no-such-command-anywhere'], options)).toMatchObject({ status: 127 });
});
