import { enablePatches, produce, produceWithPatches, type Draft, type Patch } from 'immer';
import { defer, map, type OperatorFunction } from 'rxjs';
import { match } from 'ts-pattern';
import type { GivenTokens } from '../graph/values.js';
import type { Nfe, RunEvent } from './events.js';
import { rewrite } from './rewrite.js';

enablePatches();

/** The block that a row is working on. */
export interface BlockState {
  /** Position of the block in the row. */
  readonly start: number;
  readonly tokens: readonly number[];
  /** Probability of each token when it was drawn; null where none was. */
  readonly confidence: readonly (number | null)[];
  /** Indices of the positions that the latest event put noise on. */
  readonly remasked: readonly number[];
  /** Index of the latest step and how many there are; null where that is not known. */
  readonly step: number | null;
  readonly steps: number | null;
}

export interface RowState {
  /** Committed tokens, prompt included. */
  readonly tokens: readonly number[];
  readonly promptLength: number;
  readonly length: number;
  /** Tokens that were given, by position, where some are behind the prompt; null and what is behind the list is open. */
  readonly template: GivenTokens;
  /** What a draft subgraph has written behind the committed tokens; it may never become part of the row. */
  readonly draft: readonly number[];
  readonly block: BlockState | null;
}

/** Everything a viewer shows of a run, folded from its events. */
export interface RunState {
  readonly status: 'waiting' | 'running' | 'finished' | 'failed' | 'cancelled';
  readonly pipeline: string;
  readonly model: string;
  readonly maskId: number | null;
  readonly warnings: readonly string[];
  readonly rows: readonly RowState[];
  /** How many of the rows, the last ones, wait for room, and how many of other runs do before them; null where none does. */
  readonly waiting: { readonly rows: number; readonly ahead: number } | null;
  readonly nfe: Nfe;
  /** Time spent in forwards. */
  readonly forwardMilliseconds: number;
  /** Why it failed. */
  readonly message: string | null;
}

export const initialRunState: RunState = {
  status: 'waiting',
  pipeline: '',
  model: '',
  maskId: null,
  warnings: [],
  rows: [],
  waiting: null,
  nfe: { total: 0, diffusion: 0, ar: 0 },
  forwardMilliseconds: 0,
  message: null,
};

function apply(state: Draft<RunState>, event: RunEvent): void {
  match(event)
    .with({ type: 'started' }, ({ pipeline, model, maskId, warnings, rows }) => {
      Object.assign(state, { status: 'running', pipeline, model, maskId, warnings: [...warnings] });
      state.rows = rows.map(({ prompt, length, template = [] }) => ({
        tokens: [...prompt],
        promptLength: prompt.length,
        length,
        template: [...template],
        draft: [],
        block: null,
      }));
    })
    .with({ type: 'waiting' }, ({ rows, ahead }) => {
      state.waiting = rows === 0 ? null : { rows, ahead };
    })
    .with({ type: 'step' }, ({ row, start, tokens, confidence, step = null, steps = null }) => {
      const target = state.rows[row];
      if (target === undefined) return;
      const before = target.block?.start === start ? target.block : null;
      // A token that was not drawn again keeps what it was drawn with.
      const kept = tokens.map((token, i) => (token === before?.tokens[i] ? (before.confidence[i] ?? null) : null));
      const merged = confidence.map((each, i) => each ?? kept[i] ?? null);
      target.block = { start, tokens: [...tokens], confidence: merged, remasked: [], step, steps };
    })
    .with({ type: 'remasked' }, ({ row, tokens, positions }) => {
      const block = state.rows[row]?.block;
      if (block === null || block === undefined) return;
      block.tokens = [...tokens];
      block.remasked = [...positions];
      for (const position of positions) block.confidence[position] = null;
    })
    .with({ type: 'committed' }, ({ row, start, tokens }) => {
      const target = state.rows[row];
      if (target === undefined) return;
      rewrite(target.tokens, start, tokens);
      target.draft = [];
      target.block = null;
    })
    .with({ type: 'drafted' }, ({ row, start, tokens }) => {
      const target = state.rows[row];
      if (target === undefined) return;
      const behind = start - target.tokens.length;
      rewrite(target.draft, Math.max(0, behind), tokens.slice(Math.max(0, -behind)));
      target.block = null;
    })
    .with({ type: 'forward' }, ({ nfe, milliseconds }) => {
      state.nfe = { ...nfe };
      state.forwardMilliseconds += milliseconds;
    })
    .with({ type: 'finished' }, ({ rows }) => {
      state.status = 'finished';
      for (const { row, tokens } of rows) {
        const target = state.rows[row];
        if (target === undefined) continue;
        target.tokens = [...tokens];
        target.draft = [];
        target.block = null;
      }
    })
    .with({ type: 'failed' }, ({ message }) => {
      state.status = 'failed';
      state.waiting = null;
      state.message = message;
    })
    .with({ type: 'cancelled' }, () => {
      state.status = 'cancelled';
      state.waiting = null;
    })
    .exhaustive();
}

/** The state after an event. Pure: what did not change is shared with the state before. */
export const reduceRun = (state: RunState, event: RunEvent): RunState =>
  produce(state, (draft) => {
    apply(draft, event);
  });

/** An event with the state after it and the patches that lead there and back. */
export interface RunMoment {
  readonly event: RunEvent;
  readonly state: RunState;
  readonly patches: readonly Patch[];
  readonly inversePatches: readonly Patch[];
}

/** Folds the events of one run; a viewer that keeps the patches can rebuild any moment and scrub back. */
export const withRunState = (): OperatorFunction<RunEvent, RunMoment> => (events) =>
  defer(() => {
    let state = initialRunState;
    return events.pipe(
      map((event) => {
        const [next, patches, inversePatches] = produceWithPatches(state, (draft) => {
          apply(draft, event);
        });
        state = next;
        return { event, state, patches, inversePatches };
      }),
    );
  });
