import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runProgram } from '../../../src/cli/program.js';
import { createCharacterTokenizer } from '../../../src/models/tokenizer/character.js';
import { fakeSession, type FakeSession } from '../fake-session.js';

const folder = mkdtempSync(path.join(tmpdir(), 'samplewire-compare-'));
const model = path.join(import.meta.dirname, '../../fixtures/parity/blockgen-absorb-causal');
const short = ['--model', model, '--backend', 'cpu', '--length', '8', '--set', 'blockSize=4'];
const names = ['plot.svg', 'report.md', 'results.json', 'texts.jsonl'];

async function compare(words: readonly string[], session: FakeSession = fakeSession()) {
  const code = await runProgram(['compare', ...words], session);
  return { code, out: session.stdout.text, err: session.stderr.text };
}
const read = (out: string, name: string): string => readFileSync(path.join(out, name), 'utf8');
const results = z.looseObject({
  kind: z.string(),
  complete: z.boolean(),
  seeds: z.array(z.number()),
  samplers: z.array(z.looseObject({ label: z.string(), hash: z.string(), file: z.string() })),
  settings: z.array(z.looseObject({ sampler: z.string(), budget: z.number().nullable(), rows: z.number() })),
  samples: z.array(z.looseObject({ setting: z.number(), seed: z.number(), milliseconds: z.number() })),
});
const resultsIn = (out: string) => results.parse(JSON.parse(read(out, 'results.json')));

describe('samplewire compare', () => {
  it('prints a table and texts, and leaves four files that hold all of it', async () => {
    const out = path.join(folder, 'deep/result');
    const words = ['arpc', 'block-ancestral', 'ar', ...short, '--nfe', '6', '--seeds', '5,2', '--out', out];
    const { code, out: shown, err } = await compare(words);
    expect(code).toBe(0);
    expect(shown).toMatch(/^arpc +6 +6 +2 +\d/m);
    expect(shown).toMatch(/^ar +- +8 +0 +\d/m);
    expect(shown).toContain('== seed 5, no prompt, budget 6 ==');
    expect(err).toMatch(/3 settings, 6 rows\n/);
    expect(err).toContain(`Written to ${out}`);
    expect(readdirSync(out).sort()).toEqual(names);
    const { kind, complete, seeds, samplers, settings, samples } = resultsIn(out);
    expect({ kind, complete, seeds }).toEqual({ kind: 'samplewire-comparison', complete: true, seeds: [5, 2] });
    expect(samplers.map(({ label }) => label)).toEqual(['arpc', 'block-ancestral', 'ar']);
    expect(samplers.map(({ hash }) => hash)).toEqual(samplers.map(() => expect.stringMatching(/^[0-9a-f]{16}$/)));
    expect(samplers[0]?.file).toMatch(/arpc\.json$/);
    expect(settings).toMatchObject([
      {
        sampler: 'arpc',
        budget: 6,
        params: { steps: 2, blockSize: 4 },
        nfe: { total: 6, diffusion: 4, ar: 2 },
        rows: 2,
      },
      { sampler: 'block-ancestral', budget: 6, params: { steps: 3, blockSize: 4 }, nfe: { total: 6 }, rows: 2 },
      { sampler: 'ar', budget: null, nfe: { total: 8 }, rows: 2 },
    ]);
    expect(samples).toHaveLength(6);
    const lines = read(out, 'texts.jsonl').trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(read(out, 'plot.svg')).toContain('block-ancestral');
    expect(read(out, 'report.md')).toContain('![AR score against NFE](plot.svg)');

    const session = fakeSession();
    const run = ['run', 'arpc', ...short, '--set', 'steps=2', '--seed', '5', '--format', 'jsonl'];
    await runProgram(run, session);
    const row = z.looseObject({ tokens: z.array(z.number()) });
    expect(row.parse(JSON.parse(lines[0] ?? '')).tokens).toEqual(row.parse(JSON.parse(session.stdout.text)).tokens);

    // Its own results it may replace; what else lies there stays.
    writeFileSync(path.join(out, 'notes.txt'), 'mine');
    expect((await compare(['ar', ...short.slice(0, -2), '--out', out])).code).toBe(0);
    expect(resultsIn(out).samplers.map(({ label }) => label)).toEqual(['ar']);
    expect(readdirSync(out).sort()).toEqual([...names, 'notes.txt'].sort());
  });

  it('runs as the pipelines say where there is no budget, and says that nothing was written', async () => {
    const { code, out, err } = await compare(['arpc[steps=3]', 'arpc[steps=1]', ...short, '--texts', '0']);
    expect(code).toBe(0);
    expect(out).toMatch(/^arpc\[steps=3\] +- +10 +4 +\d/m);
    expect(out).toMatch(/^arpc\[steps=1\] +- +2 +0 +\d/m);
    expect(out).not.toContain('note:');
    expect(out).not.toContain('== ');
    expect(err).toContain('Nothing was written; --out DIR');
  });

  it('takes a tokenizer for model and judge, and the process of a judge whose folder says none', async () => {
    const letters = path.join(folder, 'letters');
    mkdirSync(letters);
    const tokenizer = createCharacterTokenizer('abcdefghijklmnopqrstuv').toJson();
    writeFileSync(path.join(letters, 'tokenizer.json'), JSON.stringify(tokenizer));
    const judge = path.join(folder, 'judge');
    cpSync(model, judge, { recursive: true });
    const words = ['ar', ...short.slice(0, -2), '--prompt', 'bad', '--judge', judge];
    expect((await compare([...words, '--judge-process', 'absorbing'])).err).toMatch(/no tokenizer/);
    expect((await compare([...words, '--tokenizer', letters])).err).toMatch(/judge does not say which noise/);
    const { code, out } = await compare([...words, '--tokenizer', letters, '--judge-process', 'absorbing']);
    expect(code).toBe(0);
    expect(out).toMatch(/prompt "bad"/);
    expect(out).toMatch(/AR mode of judge/);
    expect(out).toMatch(/^bad[a-v]{5}$/m);
  });

  it('stops at Ctrl-C and keeps what is finished', async () => {
    const session = fakeSession();
    const out = path.join(folder, 'stopped');
    session.stderr.on('data', () => {
      if (session.stderr.text.includes('row 1 of 10')) session.interrupt();
    });
    const { code, out: shown } = await compare(['ar', ...short.slice(0, -2), '--seeds', '10', '--out', out], session);
    expect(code).toBe(130);
    expect(shown).toContain('stopped before the end');
    const { complete, samples } = resultsIn(out);
    expect(complete).toBe(false);
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.length).toBeLessThan(10);
    expect(read(out, 'report.md')).toContain('Stopped before the end');
  });

  it('puts nothing over an earlier result when it is stopped before the first row', async () => {
    const out = path.join(folder, 'kept');
    await compare(['ar', ...short.slice(0, -2), '--out', out]);
    const before = names.map((name) => read(out, name));
    const session = fakeSession();
    session.interrupt();
    expect((await compare(['ar', ...short.slice(0, -2), '--out', out], session)).code).toBe(130);
    expect(names.map((name) => read(out, name))).toEqual(before);
  });

  it('keeps other comparisons out of its folder while it runs', async () => {
    const out = path.join(folder, 'busy');
    let second: ReturnType<typeof compare> | undefined;
    const session = fakeSession();
    session.stderr.on('data', () => {
      second ??= compare(['ar', ...short.slice(0, -2), '--out', out]);
    });
    expect((await compare(['ar', ...short.slice(0, -2), '--seeds', '20', '--out', out], session)).code).toBe(0);
    const { code, err } = (await second) ?? { code: 0, err: '' };
    expect(code).toBe(2);
    expect(err).toMatch(/--out \S+busy is in use by process \d+ on \S+ since 2\S+: wait for its end/);
    expect(resultsIn(out).seeds).toHaveLength(20);
    expect(readdirSync(out).sort()).toEqual(names);
  });

  it('takes a folder that a comparison left when it was killed', async () => {
    const out = path.join(folder, 'killed');
    const lock = `${String(spawnSync(process.execPath, ['-e', '']).pid)} ${hostname()}`;
    mkdirSync(path.join(out, '.samplewire-replacing/later'), { recursive: true });
    writeFileSync(path.join(out, '.samplewire-replacing/later/texts.jsonl'), 'half');
    writeFileSync(path.join(out, '.samplewire.lock'), lock);
    expect((await compare(['ar', ...short.slice(0, -2), '--out', out])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(names);
  });

  it.each([
    [['arpc', '--nfe', '1'], /arpc is out of reach of budget 1: with steps=1 it already takes 2 NFE a row/],
    [['arpc', 'arpc'], /arpc is named twice/],
    [['arpc', '--judge', 'nowhere'], /there is no folder nowhere/],
    [['arpc', '--judge', model, '--judge-process', 'uniform'], /judge .* different vocabularies, of 23 and 22 tokens/],
    [['arpc', '--judge-process', 'uniform'], /--judge-process is of the model that --judge names/],
    [['arpc', '--tokenizer', 'nowhere'], /no file tokenizer\.json in nowhere/],
    [['arpc', '--prompt', 'hello'], /no tokenizer/],
    [['arpc', '--budget-param', 'stebs', '--nfe', '8'], /"stebs".*did you mean "steps"/],
  ])('refuses %j', async (words, message) => {
    const { code, out, err } = await compare([...words, ...short]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('does not write among files of others, nor before it has looked', async () => {
    const mine = path.join(folder, 'mine');
    mkdirSync(mine);
    writeFileSync(path.join(mine, 'results.json'), '{ "kind": "thesis" }');
    const { code, err } = await compare(['ar', ...short.slice(0, -2), '--out', mine]);
    expect(code).toBe(2);
    expect(err).toMatch(/is not empty and holds no earlier comparison \(results\.json\)/);
    expect(readdirSync(mine)).toEqual(['results.json']);
    const file = path.join(mine, 'results.json/deeper');
    expect((await compare(['ar', ...short.slice(0, -2), '--out', file])).err).toMatch(/cannot be written/);
    const unborn = path.join(folder, 'unborn');
    expect((await compare(['apc', ...short, '--out', unborn])).code).toBe(2);
    expect(existsSync(unborn)).toBe(false);
  });
});
