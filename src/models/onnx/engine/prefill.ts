import type { EngineCall } from './protocol.js';

/** A part of a call that goes through the network at once; all but the last leave keys and values alone. */
export type CallPart = Omit<EngineCall, 'prediction'> & { readonly prediction: number | null };

/** How many clean tokens go through the network at once. More are no faster, and their attention takes much memory. */
export const mostPending = 256;

/**
 * A call in parts: a long text that is to be stored goes first, piece by piece, each attending to those before it. `newId`
 * gives handles for the pieces, which are the engine's own.
 */
export function partsOf(call: EngineCall, newId: () => number, most = mostPending): CallPart[] {
  const size = call.grid === null ? most : Math.max(call.grid, most - (most % call.grid));
  const parts: CallPart[] = [];
  let rest: CallPart = call;
  while (rest.keep === rest.pending && rest.pending > size) {
    const [id, piece, behind] = [newId(), rest, rest.stored + size];
    parts.push({
      ...piece,
      tokens: piece.tokens.slice(0, size),
      positions: piece.positions.slice(0, size),
      mask: 'denoise',
      ...{ pending: size, keep: size, answers: 0, extended: id, prediction: null },
    });
    rest = {
      ...piece,
      tokens: piece.tokens.slice(size),
      positions: piece.positions.slice(size),
      ...{ cache: id, stored: behind, pending: piece.pending - size, keep: piece.keep - size },
    };
  }
  return [...parts, rest];
}
