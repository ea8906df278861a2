// Checks the rows that `run --format jsonl` wrote: fields, lengths, and NFE by the formula of the pipeline.
// Usage: check-rows.mjs PIPELINE FILE LENGTH, for steps = 4, blockSize = 8, arTokens = 5.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const [pipeline, file, lengthText] = process.argv.slice(2);
const length = Number(lengthText);
const steps = 4;
const blockSize = 8;
const arTokens = 5;

const blocks = (tokens) => Math.ceil(tokens / blockSize);
/** Every step is one diffusion forward; every one but the last is guided, by one AR forward. */
const guided = (tokens) => ({ diffusion: blocks(tokens) * steps, ar: blocks(tokens) * (steps - 1) });
const unguided = (tokens) => ({ diffusion: blocks(tokens) * steps, ar: 0 });
/** At least one token a forward, at most a block. */
const byTheText = (tokens) => ({ diffusion: [blocks(tokens), tokens], ar: 0 });
/** Rounds of a draft and an AR forward that judges it: each writes at least one token, at most the draft and one more. */
const judged = (draft) => {
  const rounds = [Math.ceil(length / (blockSize + 1)), length];
  return { diffusion: rounds.map((count) => count * draft), ar: rounds, draft };
};
const expected = {
  ar: { diffusion: length, ar: 0 },
  'block-ancestral': unguided(length),
  truncated: unguided(length),
  'remdm-cap': unguided(length),
  'remdm-rescale': unguided(length),
  'remdm-conf': unguided(length),
  psi: unguided(length),
  // Its loop takes 8 steps and what comes after it 1.
  'remdm-loop': { diffusion: blocks(length) * (steps + 8 + 1), ar: 0 },
  'full-sequence': { diffusion: steps, ar: 0 },
  'ar-then-block': { diffusion: arTokens + unguided(length - arTokens).diffusion, ar: 0 },
  arpc: guided(length),
  'arpc-divergence': guided(length),
  'diffusion-corrector': unguided(length),
  'random-corrector': unguided(length),
  'confidence-top-k': unguided(length),
  margin: unguided(length),
  threshold: byTheText(length),
  'entropy-bounded': byTheText(length),
  speculative: judged(1),
  'speculative-coupled': judged(steps),
  // Four candidates, each scored once.
  'best-of-n': { diffusion: 4 * unguided(length).diffusion, ar: 4 },
  edit: unguided(length),
  // An AR forward judges each block of the source.
  refine: { ...unguided(length), ar: blocks(length) },
  // Two passes of 4 steps over the draft.
  'self-refine': { diffusion: 3 * unguided(length).diffusion, ar: 2 * blocks(length) },
  // One token a step, as long as there are steps.
  infill: { diffusion: blocks(length) * steps, ar: 0 },
  'first-hitting': { diffusion: length, ar: 0 },
  'ar-then-arpc': { diffusion: arTokens + guided(length - arTokens).diffusion, ar: guided(length - arTokens).ar },
}[pipeline];
assert.ok(expected, `no NFE formula for ${pipeline}: add one here`);

/** A formula gives the NFE itself, or its least and its most where the text decides it. */
const bounds = (nfe) => (Array.isArray(nfe) ? nfe : [nfe, nfe]);

const rows = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
assert.equal(rows.length, 2);
for (const [index, row] of rows.entries()) {
  assert.deepEqual(Object.keys(row).sort(), ['nfe', 'row', 'text', 'tokens']);
  assert.equal(row.row, index);
  assert.equal(row.tokens.length, length);
  assert.ok(row.tokens.every((token) => Number.isInteger(token) && token >= 0));
  assert.equal([...row.text].length, length);
  assert.equal(row.nfe.total, row.nfe.diffusion + row.nfe.ar);
  if (expected.draft !== undefined) assert.equal(row.nfe.diffusion, row.nfe.ar * expected.draft);
  for (const kind of ['diffusion', 'ar']) {
    const [least, most] = bounds(expected[kind]);
    assert.ok(row.nfe[kind] >= least && row.nfe[kind] <= most, `${row.nfe[kind]} ${kind} forwards`);
  }
}
assert.notDeepEqual(rows[0].tokens, rows[1].tokens);
