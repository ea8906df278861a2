import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { withHub } from '../../src/cli/hub.js';
import { resolveModel } from '../../src/cli/models.js';
import { runProgram } from '../../src/cli/program.js';
import type { HubEvent } from '../../src/models/hub/events.js';
import { anyCharacter } from '../../src/models/tokenizer/character.js';
import { repo, token, useHub } from '../models/hub/support.js';
import { commit, sha256 } from '../support/hub-server.js';
import { FakeOutput, fakeSession } from './fake-session.js';

const place = useHub();

const fixture = join(import.meta.dirname, '../fixtures/parity/blockgen-absorb-causal');
const weights = readFileSync(join(fixture, 'model.safetensors'));
const config = readFileSync(join(fixture, 'config.json'));
const model = `hf:${repo}/some/where/absorb`;

beforeEach(() => {
  const files = { 'some/where/absorb/config.json': config, 'some/where/absorb/model.safetensors': weights };
  place.hub.repositories.set(repo, { files });
});

const run = (given: string) => ['run', 'ar', '--model', given, '--backend', 'cpu', '--length', '3', '--format', 'text'];

describe('samplewire run --model hf:...', () => {
  it('downloads the model, says what came from where, and writes', async () => {
    const session = fakeSession({ environment: place.environment });
    expect(await runProgram(run(model), session)).toBe(0);
    expect(session.stdout.text).toMatch(/^\d+ \d+ \d+\n$/);
    const size = `${((weights.length + config.length) / 1e3).toFixed(1)} kB`;
    expect(session.stderr.text).toContain(
      `downloaded 2 files (${size}) from ${place.hub.endpoint}/${repo} at ${commit.slice(0, 8)} to ${place.cache}\n`,
    );
    const again = fakeSession({ environment: place.environment });
    expect(await runProgram(run(model), again)).toBe(0);
    expect(again.stderr.text).not.toMatch(/download/);
    expect(again.stdout.text).toBe(session.stdout.text);
  });

  it.each([
    ['hf:zoo', /^error: hf:zoo is not a model on the Hugging Face hub: .*Write it like hf:/],
    [`hf:${repo}/some/where/absorv`, /did you mean "some\/where\/absorb"\?$/],
    ['hf:someone/else', /or it is private: the token in HF_TOKEN may not read it/],
    [`${model}@v2`, /has no revision v2/],
  ])('refuses %s in one sentence, without the token', async (given, message) => {
    const session = fakeSession({ environment: { ...place.environment, HF_TOKEN: token } });
    expect(await runProgram(run(given), session)).toBe(2);
    expect(session.stdout.text).toBe('');
    expect(session.stderr.text.trim()).toMatch(message);
    expect(session.stderr.text.trim().split('\n')).toHaveLength(1);
    expect(session.stderr.text).not.toContain(token);
  });

  it('stops at Ctrl-C and keeps what has come', async () => {
    const session = fakeSession({ environment: place.environment });
    place.hub.faults = [{ on: /^storage/, stallAfter: 1000 }];
    const partial = join(place.cache, 'blobs', `${sha256(weights)}.incomplete`);
    const running = runProgram(run(model), session);
    const looking = setInterval(() => {
      if (statSync(partial, { throwIfNoEntry: false })?.size === 1000) session.interrupt();
    }, 5);
    expect(await running).toBe(130);
    clearInterval(looking);
    expect(statSync(partial).size).toBe(1000);
    expect(session.stderr.text).not.toMatch(/error/);
  });
});

describe('progress', () => {
  const progress = (bytes: number): HubEvent => ({
    type: 'progress',
    file: 'a/model.safetensors',
    bytes,
    total: 200e6,
    bytesPerSecond: 2e6,
  });
  const events = [0, 1e6, 50e6, 51e6, 100e6, 200e6].map(progress);
  const finished: HubEvent = {
    type: 'finished',
    source: 'https://hub/org/repo',
    commit,
    files: ['a/model.safetensors'],
    bytes: 200e6,
    folder: '/cache/models--org--repo',
  };

  const shown = (isTTY: boolean, given: readonly HubEvent[]): Promise<string> => {
    const session = { ...fakeSession(), stderr: new FakeOutput(isTTY) };
    return withHub(session, (hub) => {
      for (const event of given) hub.progress?.(event);
      return Promise.resolve();
    }).then(() => session.stderr.text);
  };

  it('is a few lines where none can change', async () => {
    expect((await shown(false, [...events, finished])).split('\n')).toEqual([
      ...['0%', '25%', '50%', '100%'].map((share) => `a/model.safetensors: ${share} of 200.0 MB`),
      'downloaded a/model.safetensors (200.0 MB) from https://hub/org/repo at c0ffee00 to /cache/models--org--repo',
      '',
    ]);
  });

  it('is one line that changes in a terminal, and ends before anything else is written', async () => {
    const text = await shown(true, events);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('a/model.safetensors   25%  50.0 MB of 200.0 MB  2.0 MB/s  1 min 15 s left');
    expect(text).toMatch(/\n$/);
    expect((await shown(true, [...events, finished])).split('\r\u001b[K').at(-1)).toMatch(/^downloaded .*\n$/);
  });

  it('tells why nothing moves, once', async () => {
    const waiting: HubEvent = { type: 'waiting', reason: 'the hub answered 503', seconds: 4 };
    expect(await shown(false, [waiting, waiting])).toBe('the hub answered 503; trying again in 4 s\n');
    const cached: HubEvent = { type: 'cached', reason: 'no hub', folder: '/cache' };
    expect(await shown(false, [cached])).toBe('no hub: using what was downloaded before (/cache)\n');
  });
});

describe('resolveModel', () => {
  it('takes folders and shipped models as they are', async () => {
    const session = fakeSession();
    expect(await resolveModel(session, fixture)).toBe(fixture);
    expect(await resolveModel(session, undefined)).toMatch(/tinyshakespeare-absorb$/);
    await expect(resolveModel(session, 'tinyshakespeare-absorv')).rejects.toThrow(/did you mean/);
  });
});

it('a tokenizer from the hub comes with the same progress', async () => {
  const letters = 'abcdefghijklmnopqrstuv'.split('');
  const vocab = Object.fromEntries(letters.map((letter, id) => [letter, id]));
  const tokenizer = {
    pre_tokenizer: { type: 'Split', pattern: { Regex: anyCharacter }, behavior: 'Isolated' },
    model: { type: 'WordLevel', vocab },
  };
  place.hub.repositories.set('some/tokenizer', { files: { 'tokenizer.json': Buffer.from(JSON.stringify(tokenizer)) } });
  const session = fakeSession({ environment: place.environment });
  expect(await runProgram([...run(fixture), '--tokenizer', 'hf:some/tokenizer'], session)).toBe(0);
  expect(session.stdout.text).toMatch(/^[a-v]+\n$/);
  expect(session.stderr.text).toMatch(/^downloaded tokenizer\.json \(\d+ B\) from http.*\/some\/tokenizer at c0ffee00/);
});
