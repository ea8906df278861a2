import { mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { examine } from '../../../src/models/auto/examine.js';
import type { ModelToTime } from '../../../src/models/auto/timed-models.js';
import { timeLimit } from '../../../src/models/auto/time-limit.js';

async function weights(bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'samplewire-limit-'));
  const file = join(folder, 'model.safetensors');
  await writeFile(file, '');
  // A hole: it takes no room.
  await truncate(file, bytes);
  return folder;
}

it('grows with what has to be read', async () => {
  const folder = await weights(5e9);
  expect(await timeLimit(1000, [])).toBe(1000);
  expect(await timeLimit(1000, [{ folder }, { folder }])).toBe(201_000);
});

it('is what the doctor gives each backend', async () => {
  const model: ModelToTime = {
    ...{ name: 'a large one', folder: await weights(5e9), key: 'k' },
    ...{ parameters: 1, positions: 1, context: 0 },
  };
  const limits = new Set<number>();
  await examine([model], {
    tried: ({ backend }, { limit }) => {
      limits.add(limit);
      const nothing = { reason: null, device: null, notes: [], difference: null, tolerance: null, timings: [] };
      return Promise.resolve({ backend, status: 'missing', ...nothing });
    },
  });
  expect([...limits]).toEqual([130_000]);
});
