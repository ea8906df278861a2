import type { Observed, RowEvent } from './events.js';

const frozenCopy = <T>(list: readonly T[]): readonly T[] => Object.freeze(list.slice());

/** What a node of a row tells, with frozen lists of its own: those that a node gives are often values on wires. */
export function ownEvent(event: Observed, row: number, node: string): Observed & RowEvent {
  const tokens = frozenCopy(event.tokens);
  const { type } = event;
  switch (type) {
    case 'step':
      return { ...event, row, node, tokens, confidence: frozenCopy(event.confidence) };
    case 'remasked':
      return { ...event, row, node, tokens, positions: frozenCopy(event.positions) };
    case 'committed':
    case 'drafted':
      return { ...event, row, node, tokens };
  }
}

/** Freezes a value with all lists and objects in it, and gives it back. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  // Lists of numbers are long, and nothing in them can be frozen.
  if (!Array.isArray(value) || typeof value[0] === 'object') Object.values(value).forEach(freeze);
  return value;
}
