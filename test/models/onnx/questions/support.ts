import { afterAll, beforeAll } from 'vitest';
import type { Answers, Question } from '../../../../src/graph/effects.js';
import type { RawPrediction } from '../../../../src/models/questions/distribution.js';
import type { Answerer, HeldPrediction, HeldQuestion } from '../../../../src/models/onnx/questions/answerer.js';
import { createAnswerer } from '../../../../src/models/onnx/questions/create.js';
import { HostLogits } from '../../../../src/models/onnx/questions/logits.js';
import type { SegmentedPrediction } from '../../../../src/models/onnx/questions/segmented-prediction.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../../../../src/models/onnx/runtime.js';

/** Answerers that ask graphs whatever the vocabulary, one for each size. */
export function useAnswerers(): (vocabularySize: number) => Promise<Answerer> {
  const answerers = new Map<number, Promise<Answerer>>();
  let runtime: OnnxRuntime | undefined;
  beforeAll(async () => {
    runtime = await loadOnnxRuntime();
  });
  afterAll(async () => {
    for (const answerer of answerers.values()) await (await answerer).dispose();
  });
  return (vocabularySize) => {
    if (runtime === undefined) throw new Error('the library is not loaded');
    const answerer =
      answerers.get(vocabularySize) ?? createAnswerer(runtime, { vocabularySize, threads: 1, graphsFrom: 0 });
    answerers.set(vocabularySize, answerer);
    return answerer;
  };
}

/** The answers to questions that all have to succeed. */
export async function answersTo(
  answerer: Answerer,
  questions: readonly HeldQuestion[],
): Promise<Answers[Question['ask']][]> {
  const settled = await answerer.answer(questions);
  return settled.map((reply) => {
    if (!reply.ok) throw reply.error;
    return reply.value;
  });
}

/** A prediction whose logits are in this process's memory. */
export const held = (
  raw: RawPrediction,
  noisy: readonly number[] | null = null,
): Extract<HeldPrediction, { from: 'logits' }> => ({
  from: 'logits',
  raw: { ...raw, logits: new HostLogits(raw.logits, raw.vocabularySize) },
  noisy,
});

/** A prediction whose logits are in this process's memory, as the functions that all backends share take it. */
export const onHost = (raw: SegmentedPrediction): RawPrediction => ({ ...raw, logits: raw.logits.values() });

/** A prediction with what a block and draws need. */
export interface RandomCase {
  readonly raw: RawPrediction;
  readonly noisy: readonly number[];
  readonly uniforms: readonly number[];
  readonly tokens: readonly number[];
}

export interface CaseSettings {
  readonly vocabularySize: number;
  readonly positions: number;
  readonly temperature: number;
  readonly absorbing: boolean;
}

/**
 * Logits from flat to steep, the same one twice among them, some at +-80 and some impossible. Under absorbing noise any id
 * is the mask, its logit now and then far above the others, and some positions are revealed.
 */
export function randomCase(random: () => number, settings: CaseSettings): RandomCase {
  const { vocabularySize, positions, temperature, absorbing } = settings;
  const below = (end: number) => Math.floor(random() * end);
  const maskId = absorbing ? below(vocabularySize) : null;
  const logits = new Float32Array(positions * vocabularySize);
  for (let position = 0; position < positions; position += 1) {
    const spread = [0, 1, 6, 80][below(4)] ?? 1;
    const odd = [0, 0.02, 0.5][below(3)] ?? 0;
    const row = logits.subarray(position * vocabularySize, (position + 1) * vocabularySize);
    row.forEach((_, token) => {
      row[token] = random() < odd ? ([80, -80, -Infinity][below(3)] ?? 0) : spread * (2 * random() - 1);
    });
    row[below(vocabularySize)] = row[below(vocabularySize)] ?? 0;
    if (maskId !== null) row[maskId] = [0, 90, 500][below(3)] ?? 0;
    // One token at least is possible.
    row[((maskId ?? 0) + 1 + below(vocabularySize - 1)) % vocabularySize] = spread;
  }
  const noisy = Array.from({ length: positions }, () =>
    random() < 0.7 && maskId !== null ? maskId : below(vocabularySize),
  );
  const revealed = noisy.map((token) => (maskId === null || token === maskId ? null : token));
  const edge = () => [0, 1 - 2 ** -53, random(), random()][below(4)] ?? 0;
  return {
    raw: { logits, vocabularySize, temperature, maskId, revealed },
    noisy,
    uniforms: Array.from({ length: positions }, edge),
    tokens: Array.from({ length: positions }, () => below(vocabularySize)),
  };
}
