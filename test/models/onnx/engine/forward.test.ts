import { expect, it, vi } from 'vitest';
import { seededRandom } from '../../../../scripts/seeded-random.js';
import { processorCosts } from '../../../../src/models/onnx/engine/costs.js';
import { ForwardRunner } from '../../../../src/models/onnx/engine/forward.js';
import type { Machine } from '../../../../src/models/onnx/engine/machine.js';
import { Predictions } from '../../../../src/models/onnx/engine/predictions.js';
import type { EngineCall } from '../../../../src/models/onnx/engine/protocol.js';
import type { SlotStorage, Stored } from '../../../../src/models/onnx/engine/slot-storage.js';
import { Slots } from '../../../../src/models/onnx/engine/slots.js';
import { HostLogits } from '../../../../src/models/onnx/questions/logits.js';

interface Work {
  /** Slots that passes go over. */
  rows: number;
  passes: number;
  /** Tokens whose keys and values are copied or change places. */
  moved: number;
  /** Slots that are looked at for where rows should be. */
  looked: number;
}

const placing = vi.hoisted(() => ({ looked: 0 }));

vi.mock(import('../../../../src/models/onnx/engine/placing.js'), async (original) => {
  const { placeTogether } = await original();
  return {
    placeTogether: (slots, window, toFirst) => {
      placing.looked += slots.length;
      return placeTogether(slots, window, toFirst);
    },
  };
});

/** Keys and values of which only the work with them is counted. */
class CountedStorage implements SlotStorage<Stored> {
  capacity = 0;
  readonly touchedBytes = 0;
  readonly work: Work;

  constructor(work: Work) {
    this.work = work;
  }

  bytesFor = (): number => 0;
  write = (): void => undefined;
  resize = (capacity: number): void => {
    this.capacity = capacity;
  };
  rebuild = (): void => undefined;
  copy = (_from: number, _to: number, length: number): void => {
    this.work.moved += length;
  };
  swap = (_a: number, lengthA: number, _b: number, lengthB: number): void => {
    this.work.moved += lengthA + lengthB;
  };
}

const rounds = 4;

/** What so many rows cost that stand at different places: each takes one or two tokens a round, as it has accepted. */
async function workOf(rows: number): Promise<Work> {
  placing.looked = 0;
  const work: Work = { rows: 0, passes: 0, moved: 0, looked: 0 };
  const storage = new CountedStorage(work);
  const logits = { logits: new HostLogits(new Float32Array(1), 1) };
  const machine: Machine<Stored> = {
    size: { layers: 2, heads: 2, width: 16, vocabularySize: 1 },
    storage,
    costs: processorCosts,
    usage: { buffers: 0, logitsBytes: 0 },
    run: (calls, window) => {
      work.rows += window.rows;
      work.passes += 1;
      const results = calls.map(({ keep }) => ({ kept: () => ({ count: keep }), answers: () => logits }));
      return Promise.resolve({
        calls: results,
        buffer: { retain: () => undefined, release: () => undefined },
      });
    },
    settle: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
  const slots = new Slots(storage, processorCosts);
  const runner = new ForwardRunner(machine, slots, new Predictions());
  const random = seededRandom(1);
  const texts = Array.from({ length: rows }, () => ({ id: null as number | null, length: 0 }));
  let ids = 0;
  for (let round = 0; round < rounds; round += 1) {
    const calls = texts.map((text): EngineCall => {
      const pending = 1 + Math.floor(random() * 2);
      const tokens = new Array<number>(pending + 4).fill(0);
      const raw = { vocabularySize: 1, temperature: 1, maskId: null, revealed: [] };
      const call = {
        ...{ cache: text.id, stored: text.length, tokens, positions: tokens, keep: pending, extended: (ids += 1) },
        ...{ start: 0, prediction: (ids += 1), raw, noisy: null },
        ...{ mask: 'denoise' as const, pending, answers: 4, grid: null },
      };
      text.id = call.extended;
      text.length += pending;
      return call;
    });
    slots.trim();
    const { outcomes } = await runner.run(calls);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    for (const { cache } of calls) if (cache !== null) slots.release(cache);
  }
  return { ...work, looked: placing.looked };
}

it('takes twice the work for twice the rows, wherever each of them stands', async () => {
  const few = await workOf(512);
  const many = await workOf(4096);
  for (const what of ['rows', 'passes', 'moved'] as const) {
    expect(many[what], what).toBeLessThan(1.3 * 8 * few[what]);
  }
  // Calls of one size are looked for among all slots once a round, and some again where two sizes share a pass; not once a pass.
  expect(many.looked).toBeLessThan(8 * 4096 * rounds);
});
