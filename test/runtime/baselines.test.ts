import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { Model } from '../../src/models/denoiser.js';
import { openModel } from '../../src/models/open-model.js';
import { readExpected, rowsOf } from '../../src/models/parity/expected.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { chiSquareDeviate } from '../../src/testing/chi-square.js';
import { pipeline } from '../support/pipelines.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const maskId = 22;

async function finished(model: Model, name: string, request: Omit<RunRequest, 'model'>) {
  const last = await lastValueFrom(run(pipeline(name), { ...request, model }));
  if (last.type !== 'finished') throw new Error(JSON.stringify(last));
  return last;
}

const refusal = (model: Model, name: string, request: Omit<RunRequest, 'model'>): string => {
  try {
    run(pipeline(name), { ...request, model });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'not refused';
};

describe('the autoregressive baseline under the pipeline ar', () => {
  let model: Model;
  let rows: readonly { readonly tokens: readonly number[]; readonly probabilities: readonly number[][] }[];

  beforeAll(async () => {
    const folder = join(parity, 'dit-ar');
    model = await openModel(folder);
    const { cases } = await readExpected(folder);
    const full = cases.find((each) => each.mode === 'full');
    if (full === undefined) throw new Error('no case of mode full');
    const given = rowsOf(full.noisy);
    rows = given.map((tokens, row) => ({
      tokens,
      probabilities: tokens.map((_, i) => {
        const at = (row * tokens.length + i) * (maskId + 1);
        const weights = full.logits.data.slice(at, at + maskId).map(Math.exp);
        const sum = weights.reduce((a, b) => a + b, 0);
        return weights.map((weight) => weight / sum);
      }),
    }));
  });

  afterAll(() => {
    model.denoiser.dispose();
  });

  it('at temperature 0 writes the most probable token behind every text of the reference', async () => {
    let compared = 0;
    for (let length = 1; length < 24; length += 1) {
      // The reference's texts hold the mask now and then, which a prompt may not.
      const texts = rows.filter(({ tokens }) => !tokens.slice(0, length).includes(maskId));
      if (texts.length === 0) break;
      const request = { prompts: texts.map(({ tokens }) => tokens.slice(0, length)), length: length + 1 };
      const result = await finished(model, 'ar', { ...request, params: { temperature: 0 } });
      for (const { row, tokens } of result.rows) {
        const p = texts[row]?.probabilities[length - 1] ?? [];
        expect(tokens.at(-1)).toBe(p.indexOf(Math.max(...p)));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(15);
  });

  it('writes a long row as one that is given its own text anew at every token', async () => {
    const params = { temperature: 0 };
    const whole = await finished(model, 'ar', { prompt: [3, 1], length: 24, params });
    const [row] = whole.rows;
    if (row === undefined) throw new Error('no row');
    expect(whole.statistics.nfe).toEqual({ total: 22, diffusion: 22, ar: 0 });
    for (let length = 2; length < 24; length += 3) {
      const anew = await finished(model, 'ar', { prompt: row.tokens.slice(0, length), length: length + 1, params });
      expect(anew.rows[0]?.tokens).toEqual(row.tokens.slice(0, length + 1));
    }
  });

  it('draws from the distribution of the reference, never the mask', async () => {
    const [first] = rows;
    const prompt = first?.tokens.slice(0, 7) ?? [];
    const { rows: drawn } = await finished(model, 'ar', { prompt, rows: 4000, length: 8, seed: 5 });
    const counts = new Map<string, number>();
    for (const { tokens } of drawn) {
      const token = String(tokens[7]);
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    const expected = new Map((first?.probabilities[6] ?? []).map((p, token) => [String(token), p]));
    expect(chiSquareDeviate(counts, expected).deviate).toBeLessThan(4.75);
  });

  it('refuses blocks and rows without a beginning before anything runs', () => {
    const prompt = [1, 2];
    expect(refusal(model, 'block-ancestral', { prompt, params: { blockSize: 16 } })).toMatch(
      /node "blocks\/open" \(next-block\): dit-ar predicts one token at a time \(blockSize 1.*not blocks of 16/,
    );
    expect(refusal(model, 'full-sequence', { prompt })).toMatch(/not one block as long as the row/);
    expect(refusal(model, 'ar', {})).toMatch(
      /dit-ar predicts each token from those before it and has no BOS.*give a prompt/,
    );
    expect(refusal(model, 'ar', { template: [2, [1, 2]] })).toMatch(/no BOS/);
  });

  it('runs any sampler of single positions: the draft of arpc is scored by the same network', async () => {
    const result = await finished(model, 'arpc', { prompt: [4], length: 12, params: { blockSize: 1, steps: 3 } });
    expect(result.rows[0]?.tokens).toHaveLength(12);
    expect(result.rows[0]?.tokens).not.toContain(maskId);
    expect(result.statistics.nfe).toEqual({ total: 11 * 5, diffusion: 11 * 3, ar: 11 * 2 });
    expect(model.denoiser.live).toBe(0);
  });

  it('begins rows with the BOS of its configuration', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'samplewire-baseline-')), 'ar');
    await cp(join(parity, 'dit-ar'), folder, { recursive: true });
    const config: object = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, bos_token_id: 9 }));
    const withBos = await openModel(folder);
    const result = await finished(withBos, 'ar', { length: 6, rows: 2 });
    withBos.denoiser.dispose();
    for (const row of result.rows) {
      expect(row.tokens).toHaveLength(6);
      expect(row).toMatchObject({ promptLength: 1 });
      expect(row.tokens[0]).toBe(9);
    }
    expect(result.statistics.tokens).toBe(10);
  });
});

// The network of Duo at noise level 0, which is what runs where a model is not conditioned on it.
describe.each([
  { fixture: 'dit-mdlm', process: 'absorbing' as const },
  { fixture: 'dit-duo', process: 'uniform' as const },
])('a full-sequence model of $process noise under the pipeline full-sequence', ({ fixture, process }) => {
  let model: Model;

  beforeAll(async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'samplewire-baseline-')), 'model');
    await cp(join(parity, fixture), folder, { recursive: true });
    model = await openModel(folder, { process });
  });

  afterAll(() => {
    model.denoiser.dispose();
  });

  it('denoises whole rows and keeps their prompts', async () => {
    const prompts = [[], [5, 4, 3], [1]];
    const { rows, statistics } = await finished(model, 'full-sequence', { prompts, params: { steps: 8 } });
    expect(statistics.nfe).toEqual({ total: 8, diffusion: 8, ar: 0 });
    for (const { row, tokens, promptLength } of rows) {
      expect(tokens).toHaveLength(24);
      expect(promptLength).toBe(prompts[row]?.length);
      expect(tokens.slice(0, promptLength)).toEqual(prompts[row]);
      if (process === 'absorbing') expect(tokens).not.toContain(model.denoiser.manifest.maskId);
    }
    expect(model.denoiser.live).toBe(0);
  });

  it('has no AR scores, which is said before anything runs', () => {
    expect(refusal(model, 'arpc', {})).toMatch(/ar-score\): needs a model that is causal.*is bidirectional/);
  });
});
