import { isRecord } from '../graph/is-record.js';
import type { PortKind } from '../graph/values.js';

/** The ports of one side of a node, and what is on them. */
export interface Side {
  readonly names: readonly string[];
  readonly kinds: readonly PortKind[];
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Whether the scores and masks that go into a node cover the positions of a block, or of a prediction, that goes in with them, or
 * one more, the position behind. Where neither goes in, all of them have to cover as many.
 */
export function lengthsAgree(inputs: Side): boolean {
  const { kinds } = inputs;
  const { length } = kinds;
  let first = -1;
  for (let i = 0; i < length; i++) {
    if (!isList(kinds[i])) continue;
    const own = covered(inputs, i);
    let hasBlock = false;
    let fits = false;
    for (let j = 0; j < length && !fits; j++) {
      if (!isBlock(kinds[j])) continue;
      hasBlock = true;
      const positions = covered(inputs, j);
      fits = own === positions || own === positions + 1;
    }
    if (hasBlock ? !fits : first >= 0 && own !== first) return false;
    first = own;
  }
  return true;
}

/** What does not agree, in words. `originOf` says which node an input comes from, '' where it comes from none. */
export function lengthsInWords(inputs: Side, originOf: (index: number) => string): string {
  const parts = inputs.names.flatMap((name, i) => {
    const positions = covered(inputs, i);
    const origin = originOf(i);
    return positions < 0
      ? []
      : [`"${name}"${origin === '' ? '' : ` from node "${origin}"`} covers ${String(positions)}`];
  });
  return `its inputs do not cover the same positions: ${parts.join(', ')}`;
}

/**
 * What is wrong with the length of scores or of a mask that comes out of a node; null where nothing is. Scores cover as many
 * positions as a block, a prediction, scores or a mask that went in, or as a block that comes out with them. A mask may cover the
 * position behind as well. Where none of those went in, the length is looked at where the list goes in.
 */
export function lengthFault(index: number, outputs: Side, inputs: Side): string | null {
  const kind = outputs.kinds[index];
  if (!isList(kind)) return null;
  const own = covered(outputs, index);
  const more = kind === 'positions' ? 1 : 0;
  let expected = -1;
  for (const side of [inputs, outputs]) {
    for (let i = 0; i < side.kinds.length; i++) {
      if (side === outputs && !isBlock(side.kinds[i])) continue;
      const positions = covered(side, i);
      if (positions >= 0 && (own === positions || own === positions + more)) return null;
      if (expected < 0) expected = positions;
    }
  }
  if (expected < 0) return null;
  return `has ${own < expected ? 'only ' : ''}${String(own)} entries for a block of ${String(expected)}`;
}

/** Whether values of a kind have an entry for each position of a block. */
export const isList = (kind: PortKind | undefined): boolean => kind === 'scores' || kind === 'positions';
/** Whether values of a kind cover positions of a row. */
export const coversPositions = (kind: PortKind | undefined): boolean => isList(kind) || isBlock(kind);
const isBlock = (kind: PortKind | undefined): boolean => kind === 'block' || kind === 'prediction';

/** How many positions a block, a prediction, scores or a mask covers; -1 for other kinds. */
function covered({ names, kinds, values }: Side, index: number): number {
  const kind = kinds[index];
  if (!coversPositions(kind)) return -1;
  const value: unknown = values[names[index] ?? ''];
  if (Array.isArray(value)) return value.length;
  if (!isRecord(value)) return -1;
  const covers = kind === 'block' ? value['tokens'] : value['positions'];
  if (Array.isArray(covers)) return covers.length;
  return typeof covers === 'number' ? covers : -1;
}
