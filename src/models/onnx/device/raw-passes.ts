import type { RawPass } from '../../parity/subject.js';
import { capacityFor } from '../engine/slot-storage.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';
import { callLogits } from './logits.js';
import type { OpenedDevice } from './open.js';
import { Scratch } from './scratch.js';

/** Passes one after the other on the same rows, each attending to all tokens before; [R * answers, V] of each. */
export async function runDeviceRawPasses(
  { device, network, machine: { storage }, source }: OpenedDevice,
  passes: readonly RawPass[],
): Promise<Float32Array[]> {
  const { size } = network;
  const scratch = new Scratch(device, size);
  const outputs: Float32Array[] = [];
  let length = 0;
  try {
    for (const { rows: texts, positions, mask, answers } of passes) {
      const [rows, queries] = [texts.length, positions.length];
      const each = Int32Array.from({ length: rows * queries }, (_, token) => token);
      const asked = rows * answers;
      const segments = asked * segmentsOf(size.vocabularySize);
      const array = await device.allocate(segments * segmentWidth);
      try {
        const summary = await network.run({
          rows,
          queries,
          keys: queries,
          capacity: length === 0 ? 1 : storage.capacity,
          tokens: Int32Array.from(texts.flat()),
          positions: Int32Array.from(texts.flatMap(() => positions)),
          queryTokens: each,
          keyTokens: each,
          places: each,
          kept: each,
          bias: Float32Array.from({ length: rows * mask.length }, (_, i) => mask[i % mask.length] ?? 0),
          reach: new Float32Array(rows * queries).fill(length),
          answers: each.filter((token) => token % queries >= queries - answers),
          inverseTemperatures: new Float32Array(asked).fill(1),
          past: length === 0 ? await scratch.past(rows) : await storage.past(rows),
          fresh: await scratch.fresh(each.length),
          logits: array.view([segments, segmentWidth]),
        });
        const { vocabularySize } = size;
        const want = () => undefined;
        outputs.push(await source.read(callLogits({ array, first: 0, count: asked, vocabularySize, summary, want })));
      } finally {
        array.dispose();
      }
      storage.resize(capacityFor(length + queries));
      for (let row = 0; row < rows; row += 1) {
        storage.write(row, length, { start: row * queries, count: queries });
      }
      await storage.append(scratch.kept, each.length);
      length += queries;
    }
  } finally {
    scratch.dispose();
  }
  return outputs;
}
