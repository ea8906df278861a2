import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWeights } from '../../../src/models/checkpoint/weights.js';
import { writeSafetensors } from '../../../src/models/checkpoint/safetensors.js';
import { seededRandom } from '../../../scripts/seeded-random.js';

export interface RandomModel {
  readonly type: 'block-dit' | 'dit';
  readonly hidden: number;
  readonly heads: number;
  readonly layers: number;
  readonly vocabulary: number;
  readonly length: number;
  readonly x0Causal: boolean;
  readonly process: 'absorbing' | 'uniform';
  readonly adaLN: boolean;
  readonly seed: number;
  /** Typical size of a weight times sqrt(inputs). */
  readonly scale: number;
}

export const smallModel: RandomModel = {
  type: 'block-dit',
  hidden: 48,
  heads: 3,
  layers: 3,
  vocabulary: 29,
  length: 160,
  x0Causal: true,
  process: 'absorbing',
  adaLN: true,
  seed: 1,
  scale: 1.5,
};

export type Tensors = Map<string, { shape: number[]; data: Float32Array }>;

export function randomTensors(model: RandomModel): Tensors {
  const random = seededRandom(model.seed);
  const tensors: Tensors = new Map();
  const shape = {
    vocabularySize: model.vocabulary,
    hidden: model.hidden,
    layers: model.layers,
    condition: model.adaLN ? 8 : null,
  };
  buildWeights(shape, (name, dims) => {
    const [out = 1, into] = dims;
    const size = out * (into ?? 1);
    const spread = name.endsWith('embedding') ? 1 : model.scale / Math.sqrt(into ?? 25);
    const centre = name.includes('norm') ? 1 : 0;
    const data = Float32Array.from({ length: size }, () => centre + spread * (random() * 2 - 1) * Math.sqrt(3));
    tensors.set(name, { shape: [...dims], data });
    return null;
  });
  return tensors;
}

export const configOf = (model: RandomModel) => ({
  type: model.type,
  hidden_size: model.hidden,
  cond_dim: 8,
  n_blocks: model.layers,
  n_heads: model.heads,
  length: model.length,
  x0_causal: model.x0Causal,
  process: model.process,
});

/** Writes a checkpoint folder of its own under the system's temporary folder and gives its path. */
export async function writeModel(
  changes: Partial<RandomModel> = {},
  edit: (tensors: Tensors) => void = () => undefined,
): Promise<string> {
  const model = { ...smallModel, ...changes };
  const folder = await mkdtemp(join(tmpdir(), 'samplewire-model-'));
  await mkdir(folder, { recursive: true });
  const tensors = randomTensors(model);
  edit(tensors);
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  await writeFile(join(folder, 'config.json'), JSON.stringify(configOf(model)));
  return folder;
}
