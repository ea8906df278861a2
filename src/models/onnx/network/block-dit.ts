import type { GraphBuilder } from '../graph/builder.js';
import { writeSegmentSums } from '../questions/graphs.js';
import { writeAttention, writePlaces, writeReturn } from './attention.js';
import { writeBlocks, type BlocksPlan } from './blocks.js';

export interface NetworkPlan extends BlocksPlan {
  /** How many segments each row of logits is reduced to; `null` for no reduction. */
  readonly segments: number | null;
}

type KeyValueNames = Readonly<Record<'keys' | 'values', string>>;

/** Names of a block's cached keys and values, and of the new ones. */
export const pastNames = (layer: number): KeyValueNames => ({
  keys: `past.${layer}.keys`,
  values: `past.${layer}.values`,
});
export const freshNames = (layer: number): KeyValueNames => ({
  keys: `fresh.${layer}.keys`,
  values: `fresh.${layer}.values`,
});

/** A network whose inputs are those of a `NetworkPass`. */
export function writeNetwork(g: GraphBuilder, { segments, ...plan }: NetworkPlan): void {
  const { layers, heads, width, vocabularySize } = plan.size;
  const tokens = g.input('tokens', 'int32', ['N']);
  const positions = g.input('positions', 'int32', ['N']);
  const queryTokens = g.input('queryTokens', 'int32', ['R', 'Q']);
  const keyTokens = g.input('keyTokens', 'int32', ['R', 'K']);
  const queryPlaces = g.input('places', 'int32', ['N']);
  const bias = g.input('bias', 'float32', ['R', 'Q', 'C+K']);
  const kept = g.input('kept', 'int32', ['M']);
  const answers = g.input('answers', 'int32', ['A']);
  const past = Array.from({ length: layers }, (_, layer) => {
    const names = pastNames(layer);
    const shape = ['R', heads, 'C', width];
    return { keys: g.input(names.keys, 'float32', shape), values: g.input(names.values, 'float32', shape) };
  });
  const [first] = past;
  if (first === undefined) throw new Error('a network needs at least one transformer block');

  const places = writePlaces(g, { queryTokens, keyTokens, kept, bias, past: first.keys }, plan.size);
  const back = writeReturn(g, queryPlaces, queryTokens, plan.size);

  const logits = writeBlocks(g, plan, {
    tokens,
    positions: g.cast(g.add('Unsqueeze', [positions, g.integers([1])]), 'int64'),
    answers,
    back,
    attend: (pieces, layer) => {
      const cached = past[layer];
      if (cached === undefined) throw new Error(`a network of ${layers} blocks has weights of ${layer + 1}`);
      const attended = writeAttention(g, pieces, cached, places, plan.size);
      const names = freshNames(layer);
      g.output(names.keys, attended.keys, 'float32', [heads, 'M', width]);
      g.output(names.values, attended.values, 'float32', [heads, 'M', width]);
      return attended.result;
    },
  });
  g.output('logits', logits, 'float32', ['A', vocabularySize]);
  if (segments !== null) {
    const temperatures = g.input('inverseTemperatures', 'float32', ['A', 1, 1]);
    const { maxima, sums } = writeSegmentSums(g, logits, temperatures, vocabularySize);
    g.output('maxima', maxima, 'float32', ['A', segments, 1]);
    g.output('sums', sums, 'float32', ['A', segments, 1]);
    g.output('totals', g.add('ReduceSum', [logits, g.integers([1])], { keepdims: 0n }), 'float32', ['A']);
  }
}
