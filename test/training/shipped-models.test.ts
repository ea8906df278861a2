import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../models/support/whole-checkpoint.js';
import { buildWeights } from '../../src/models/checkpoint/weights.js';
import { readSafetensors } from '../../src/models/checkpoint/safetensors.js';
import type { Tf } from '../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { createTrainingForward } from '../../src/models/tfjs/training/forward.js';
import { loadTokenizer } from '../../src/models/tokenizer/load.js';
import { validate } from '../../src/training/validation.js';

/** From the held-out part: The Taming of the Shrew, act IV, scene 3. */
const heldOut = `I commanded the sleeves should be cut out and
sewed up again; and that I'll prove upon thee,
though thy little finger be armed in a thimble.

Tailor:
This is true that I say: an I had thee
in place where, thou shouldst know it.

GRUMIO:
I am for thee straight: take thou the
bill, give me thy mete-yard, and spare not me.
`;

const folderOf = (name: string): string => fileURLToPath(new URL(`../../models/${name}`, import.meta.url));

describe.each([
  ['tinyshakespeare-absorb', 'absorbing', 1],
  ['tinyshakespeare-uniform', 'uniform', 0],
] as const)('shipped model %s', (name, process, masks) => {
  let tf: Tf;
  beforeAll(async () => {
    ({ tf } = await loadTensorBackend('wasm'));
  });

  it('is small, and what its folder says', async () => {
    const folder = folderOf(name);
    expect((await stat(`${folder}/model.safetensors`)).size).toBeLessThan(6e6);
    const { config, shape } = await readCheckpoint(folder);
    const tokenizer = (await loadTokenizer(folder))?.tokenizer;
    expect(config).toMatchObject({ process, block_sizes: [1, 2, 4, 8, 16], x0_causal: true, length: 256 });
    expect(shape.vocabularySize).toBe((tokenizer?.vocabularySize ?? NaN) + masks);
    const card = await readFile(`${folder}/README.md`, 'utf8');
    const autoregressive = /^\| 1 \| (\d\.\d{3}) \|/m.exec(card)?.[1];
    expect(Number(autoregressive)).toBeLessThan(1.8);
  });

  it('predicts text that it has not seen', async () => {
    const folder = folderOf(name);
    const { config, shape } = await readCheckpoint(folder);
    const stored = await readSafetensors(`${folder}/model.safetensors`);
    const tokenizer = (await loadTokenizer(folder))?.tokenizer;
    if (tokenizer === undefined) throw new Error('no tokenizer');
    const made: Tensor[] = [];
    const weights = buildWeights(shape, (tensor, dims) => {
      const one = tf.tensor(stored.get(tensor)?.data ?? [], [...dims]);
      made.push(one);
      return one;
    });
    const forward = createTrainingForward(tf, { heads: config.n_heads, length: 256, x0Causal: config.x0_causal });
    const nats = await validate(tf, {
      forward,
      weights,
      noise: { process, characters: tokenizer.vocabularySize },
      rows: Int32Array.from(tokenizer.encode(heldOut.slice(0, 256))),
      length: 256,
      batch: 1,
      blockSizes: [1, 16],
      seed: 1,
      signal: new AbortController().signal,
    });
    // Frequencies of characters alone give 3.3, pairs of them 2.5.
    expect(nats?.get(1)).toBeLessThan(2.1);
    expect(nats?.get(16)).toBeLessThan(2.8);
    expect(nats?.get(1)).toBeLessThan(nats?.get(16) ?? NaN);
    forward.dispose();
    tf.dispose(made);
  });
});
