import { checkedPass } from '../../../src/models/checkpoint/checked-pass.js';
import { collectWeights, type OpenCheckpoint } from '../../../src/models/checkpoint/checkpoint.js';
import { withCheckpoint } from '../../../src/models/checkpoint/folder.js';
import type { StoredTensor } from '../../../src/models/checkpoint/safetensors.js';
import type { DitWeights } from '../../../src/models/checkpoint/weights.js';

export interface WholeCheckpoint extends Pick<OpenCheckpoint, 'config' | 'shape'> {
  readonly weights: DitWeights<StoredTensor>;
}

/** A checkpoint with all its numbers. */
export function readCheckpoint(folder: string): Promise<WholeCheckpoint> {
  return withCheckpoint(folder, async ({ config, file }) => {
    const tensors = new Map<string, StoredTensor>();
    await checkedPass(file, {
      onTensor: ({ name, dtype, shape }, data) => void tensors.set(name, { dtype, shape, data }),
    });
    return { config, ...collectWeights(tensors, config, folder) };
  });
}
