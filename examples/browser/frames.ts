import type { RunMoment, RunState } from 'samplewire/browser';

/** What is shown of one moment of a run: its state, and what the states before it say of the tokens in it. */
export interface Frame {
  readonly state: RunState;
  /** Tokens that have just been taken away, by their position in the row. */
  readonly removed: ReadonlyMap<number, number>;
  /** How many have been taken away so far. */
  readonly remasked: number;
  /** Whether eyes want to rest on it. */
  readonly beat: boolean;
}

/** The next frame of a one-row run. */
export function frameOf({ event, state }: RunMoment, before: Frame | undefined): Frame {
  const remasked = before?.remasked ?? 0;
  const beat = event.type === 'step' || event.type === 'remasked' || event.type === 'drafted';
  if (event.type !== 'remasked') return { state, removed: new Map(), remasked, beat };
  const block = before?.state.rows[event.row]?.block;
  const start = block?.start ?? 0;
  const removed = new Map(event.positions.map((i) => [start + i, block?.tokens[i] ?? -1] as const));
  return { state, removed, remasked: remasked + removed.size, beat };
}
