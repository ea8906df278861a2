import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { fakeSession } from './fake-session.js';

const folder = mkdtempSync(path.join(tmpdir(), 'samplewire-cli-'));
const model = path.join(import.meta.dirname, '../fixtures/parity/blockgen-absorb-causal');

async function samplewire(...words: readonly string[]) {
  const session = fakeSession();
  const code = await runProgram(words, session);
  return { code, out: session.stdout.text, err: session.stderr.text };
}
function fileWith(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}
const short = ['--model', model, '--backend', 'cpu', '--length', '8', '--set', 'blockSize=4', '--set', 'steps=2'];

describe('samplewire run', () => {
  it('writes the same rows for the same seed, and others for another', async () => {
    const args = ['run', 'arpc', ...short, '--rows', '2', '--format', 'jsonl'];
    const [first, second, other] = [
      await samplewire(...args),
      await samplewire(...args),
      await samplewire(...args, '--seed', '5'),
    ];
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(second.out).toBe(first.out);
    expect(other.out).not.toBe(first.out);
    const rows = first.out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(rows).toMatchObject([0, 1].map((row) => ({ row, nfe: { total: 6, diffusion: 4, ar: 2 } })));
  });

  it('begins with a prompt of token ids', async () => {
    const { out } = await samplewire(
      'run',
      'ar',
      '--model',
      model,
      '--backend',
      'cpu',
      '--length',
      '5',
      '--prompt-tokens',
      '3,1,4',
      '--format',
      'text',
    );
    expect(out).toMatch(/^3 1 4 \d+ \d+\n$/);
  });

  it('tells all that happens as events', async () => {
    const { code, out } = await samplewire('run', 'arpc', ...short, '--format', 'events');
    const types = out
      .trim()
      .split('\n')
      .map((line) => /"type":"(\w+)"/.exec(line)?.[1]);
    expect(code).toBe(0);
    expect(types[0]).toBe('started');
    expect(types.at(-1)).toBe('finished');
    expect(new Set(types)).toEqual(new Set(['started', 'forward', 'step', 'remasked', 'committed', 'finished']));
  });

  it('stops when it is told to', async () => {
    const session = fakeSession();
    session.interrupt();
    expect(await runProgram(['run', 'arpc', ...short, '--format', 'events'], session)).toBe(130);
  });

  it.each([
    [['run', 'apc'], /there is no file apc.*did you mean "arpc"/],
    [['run', 'arpc', '--model', 'nowhere'], /there is no folder nowhere/],
    [['run', 'arpc', ...short, '--set', 'score=nlll'], /"score" cannot be "nlll".*did you mean "nll"/],
    [['run', 'arpc', ...short, '--prompt', 'hello'], /no tokenizer/],
    [['run', 'arpc', ...short, '--tokenizer', folder], /no file tokenizer\.json in/],
    [['run', 'arpc', ...short, '--length', '99'], /length must be an integer from 1 to 24, not 99/],
    [['run', 'arpc', ...short, '--sed', '1'], /unknown option '--sed' .*--se[te]/],
    [['run', 'arpc', ...short, '--backend', 'gpu'], /--backend.*'gpu' is invalid.*wasm/],
    [['run'], /missing required argument 'pipeline'/],
    [['rnu'], /unknown command 'rnu' .*run/],
    [['verify', folder], /config\.json/],
    [['verify', folder, '--backend', 'all'], /expected\.json/],
    [['nodes', 'remsk'], /no kind of node "remsk".*did you mean "remask"/],
    [['train', 'nowhere.txt', '--out', folder, '--process', 'uniform', '--backend', 'cpu'], /nowhere\.txt/],
  ])('refuses %j in one sentence', async (words, message) => {
    const { code, out, err } = await samplewire(...words);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('samplewire check', () => {
  it('lists every fault with its place', async () => {
    const file = fileWith('broken.json', '{\n  "format": 1,\n  "name": "x",\n  "nodez": {},\n  "outputs": {}\n}\n');
    const { code, out } = await samplewire('check', file, 'arpc');
    expect(code).toBe(2);
    expect(out).toMatch(/broken\.json: 2 faults\n {2}\$\.nodez \(line 4, column 3\): .*did you mean "nodes"\?\n/);
    expect(out).toMatch(/arpc\.json: ok\n$/);
  });

  it('tells where a file is no JSON', async () => {
    const { code, out } = await samplewire('check', fileWith('cut.json', '{\n  "format": 1,\n'));
    expect(code).toBe(2);
    expect(out).toMatch(/line 3, column 1/);
  });
});

describe('samplewire nodes, draw and help', () => {
  it('tells of every kind of node', async () => {
    const { code, out } = await samplewire('nodes');
    expect(code).toBe(0);
    expect(out).toMatch(/^accept-count: .*\n/);
    expect(out).toMatch(/finalStep: one of sample, greedy \(default sample\)/);
    const json: unknown = JSON.parse((await samplewire('nodes', 'remask', '--json')).out);
    expect(json).toMatchObject([{ kind: 'remask', inputs: { block: 'block', positions: 'positions' }, params: {} }]);
  });

  it('draws a pipeline', async () => {
    expect((await samplewire('draw', 'arpc')).out).toMatch(/^flowchart [^]*remask/);
  });

  it('helps', async () => {
    for (const command of ['run', 'check', 'nodes', 'draw', 'verify', 'train']) {
      const { code, out } = await samplewire(command, '--help');
      expect(code).toBe(0);
      expect(out).toMatch(/Example/);
    }
    const { code, out } = await samplewire('--version');
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
