import type { Answers, Question } from '../../../../src/graph/effects.js';
import { Device } from '../../../../src/models/onnx/device/device.js';
import { DeviceLogits, DeviceRow } from '../../../../src/models/onnx/device/logits.js';
import { DeviceReducer } from '../../../../src/models/onnx/device/reducer.js';
import { DeviceSource } from '../../../../src/models/onnx/device/source.js';
import type { HeldPrediction, HeldQuestion } from '../../../../src/models/onnx/questions/answerer.js';
import { GraphAnswerer } from '../../../../src/models/onnx/questions/create.js';
import { segmentsOf, segmentWidth } from '../../../../src/models/onnx/questions/segments.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';
import type { RawPrediction } from '../../../../src/models/questions/distribution.js';
import { answersTo } from '../questions/support.js';

/** The answers about logits that lie on a device, the processor in place of one. Both predictions share vocabulary and mask. */
export async function answersOnDevice(
  given: readonly [RawPrediction, RawPrediction],
  ask: (held: readonly [HeldPrediction, HeldPrediction]) => readonly HeldQuestion[],
): Promise<Answers[Question['ask']][]> {
  const device = await Device.open(await loadOnnxRuntime(), 'cpu');
  const source = await DeviceSource.open(device);
  const answerer = new GraphAnswerer(new DeviceReducer(device, given[0]), source, true);
  try {
    const [first, second] = given;
    return await answersTo(answerer, ask([await heldOn(device, source, first), await heldOn(device, source, second)]));
  } finally {
    await answerer.dispose();
    await source.dispose();
    await device.dispose();
  }
}

/** A prediction as a pass on a device leaves it: rows by whole segments, of which the host has the maxima and the largest one. */
async function heldOn(device: Device, source: DeviceSource, raw: RawPrediction): Promise<HeldPrediction> {
  const { vocabularySize, maskId, revealed } = raw;
  const segments = segmentsOf(vocabularySize);
  const array = await device.allocate(revealed.length * segments * segmentWidth);
  const whole = array.view([array.length]).data;
  if (!(whole instanceof Float32Array)) throw new Error('not floats');
  whole.fill(-1e30);
  const rows = revealed.map((_, position) => {
    const row = raw.logits.slice(position * vocabularySize, (position + 1) * vocabularySize);
    whole.set(row, position * segments * segmentWidth);
    if (maskId !== null) row[maskId] = -1e30;
    const parts = Array.from({ length: segments }, (_each, i) =>
      row.subarray(i * segmentWidth, (i + 1) * segmentWidth),
    );
    const maxima = Float32Array.from(parts, (part) => Math.max(...part));
    const top = parts[maxima.indexOf(Math.max(...maxima))] ?? row;
    const place = { array, first: position * segments };
    return new DeviceRow({ ...place, vocabularySize, maxima, top, want: source.want.bind(source) });
  });
  return { from: 'logits', raw: { ...raw, logits: new DeviceLogits(rows) }, noisy: null };
}
