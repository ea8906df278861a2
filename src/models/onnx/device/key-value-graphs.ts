import { GraphBuilder, type Value } from '../graph/builder.js';
import { pastNames, freshNames } from '../network/block-dit.js';
import type { NetworkSize } from '../network/network.js';

/** Keys lie turned, [slots, heads, width, capacity], values as they come, [slots, heads, capacity, width]. */
export type Part = 'keys' | 'values';

/** The axis of a part on which positions lie. */
const positionAxis = { keys: 3n, values: 2n } as const satisfies Record<Part, bigint>;

/** Slots and positions of an array, taken by indices, in another array. */
export function relocationGraph(part: Part): Uint8Array {
  const g = new GraphBuilder();
  const from = g.input('from', 'float32', ['slots', 'heads', 'a', 'b']);
  const slots = g.add('Gather', [from, g.input('slots', 'int32', ['n'])]);
  const positions = g.input('positions', 'int32', ['m']);
  const to = g.add('Gather', [slots, positions], { axis: positionAxis[part] });
  g.output('to', to, 'float32', ['n', 'heads', 'c', 'd']);
  return g.encode();
}

/**
 * New keys and values [M, hidden] of every block at places in arrays [1, numbers], in place: each token's base (inputs `keys.bases` and
 * `values.bases`, [n, 1]) plus the offset of each of its numbers (`keys.offsets`, `values.offsets`, [1, hidden]).
 *
 * @param some Whether not all tokens go, but those at the indices `tokens` [n].
 */
export function appendGraph({ layers, heads, width }: NetworkSize, some: boolean): Uint8Array {
  const g = new GraphBuilder();
  const hidden = heads * width;
  const chosen = some ? g.input('tokens', 'int32', ['n']) : null;
  const row = g.integers([1, -1]);
  const placesOf = (part: Part): Value => {
    const bases = g.input(`${part}.bases`, 'int32', ['n', 1]);
    return g.add('Reshape', [g.add('Add', [bases, g.input(`${part}.offsets`, 'int32', [1, hidden])]), row]);
  };
  const places = { keys: placesOf('keys'), values: placesOf('values') };
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ['keys', 'values'] as const) {
      const array = g.input(pastNames(layer)[part], 'float32', [1, 'numbers']);
      const fresh = g.input(freshNames(layer)[part], 'float32', ['M', hidden]);
      const updates = g.add('Reshape', [chosen === null ? fresh : g.add('Gather', [fresh, chosen]), row]);
      const result = g.add('ScatterElements', [array, places[part], updates], { axis: 1n });
      g.output(appended(pastNames(layer)[part]), result, 'float32', [1, 'numbers']);
    }
  }
  return g.encode();
}

/** The name under which an array comes out with what was appended to it. */
export const appended = (name: string): string => `${name}.appended`;
