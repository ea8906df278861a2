import type { NodeEvent } from '../graph/node-definition.js';
import type { ParamValue } from '../graph/params.js';
import type { GivenTokens } from '../graph/values.js';
import type { Failure } from './failure.js';

/**
 * Number of function evaluations: the forwards of a row's calls, of the diffusion model, of AR scoring, and together. Every
 * call of the row counts, whether it goes out alone, with other rows' calls, or with other calls of the same row. Where one
 * NFE stands for several rows, it is their mean, and need not be a whole number.
 */
export interface Nfe {
  readonly total: number;
  readonly diffusion: number;
  readonly ar: number;
}

/** A finished row. */
export interface RowResult {
  readonly row: number;
  /** All tokens, prompt included. */
  readonly tokens: readonly number[];
  readonly promptLength: number;
  /** Positions behind the prompt whose tokens were given, ascending; empty without a template. */
  readonly given: readonly number[];
  /** The tokens as text, prompt included; null where the model has no tokenizer. */
  readonly text: string | null;
  /** Whether an end-of-sequence token ended it before its length. */
  readonly ended: boolean;
  readonly nfe: Nfe;
}

export interface RunStatistics {
  /** From start to end, waiting for room included. */
  readonly milliseconds: number;
  /** Tokens generated in all rows, those that were given not counted. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** NFE a row, the mean over the run's rows. */
  readonly nfe: Nfe;
}

/** A row before anything is written. */
export interface StartedRow {
  readonly prompt: readonly number[];
  /** How many tokens it may have, prompt included. */
  readonly length: number;
  /** All tokens that were given, by position, where some are behind the prompt; null is open. */
  readonly template?: GivenTokens;
}

/**
 * Rows of a run that wait for room (`Limits` of a model). They are let in one by one, the lowest row first. Comes at the
 * start of a run that has to wait, and then when the figures change, at most once a round.
 */
export interface WaitingRows {
  readonly type: 'waiting';
  /** How many of the run's rows wait; 0 when the last has been let in. */
  readonly rows: number;
  /** How many rows of other runs are let in before the next one, as things stand. */
  readonly ahead: number;
}

interface EventBase {
  /** The run's id. */
  readonly run: string;
  /** Counts the events of a run from 0, without gaps. */
  readonly seq: number;
}

export interface RowEvent {
  readonly row: number;
  /** Path of the node that it comes from. */
  readonly node: string;
}

type NodeEventOf<T extends NodeEvent['type']> = RowEvent & Extract<NodeEvent, { type: T }>;

type Committed = Extract<NodeEvent, { type: 'committed' }>;

/** What would be committed, were the subgraph not included as a draft: tried out, not part of the row. */
export type Drafted = Omit<Committed, 'type'> & { readonly type: 'drafted' };

/** What a row tells of one firing. */
export type Observed = NodeEvent | Drafted;

/** What happens in a run, in order. The last event is one of `finished`, `failed` and `cancelled`. */
export type RunEvent = EventBase & RunEventBody;

export type RunEventBody =
  | {
      readonly type: 'started';
      readonly pipeline: string;
      readonly model: string;
      readonly params: Readonly<Record<string, ParamValue>>;
      readonly seed: number;
      readonly rows: readonly StartedRow[];
      /** The id that stands for noise not yet removed; null for uniform noise. */
      readonly maskId: number | null;
      readonly warnings: readonly string[];
    }
  | WaitingRows
  | NodeEventOf<'step'>
  | NodeEventOf<'remasked'>
  /**
   * Final: a row's commits follow each other without a gap, and none is ever taken back. Their texts, one behind the
   * other, are the row's text behind its prompt: a character of several tokens comes with the one that completes it.
   */
  | (RowEvent & Committed & { readonly text: string | null })
  | (RowEvent & Drafted & { readonly text: string | null })
  | {
      readonly type: 'forward';
      readonly call: 'diffusion' | 'ar';
      /** The row of each of the run's calls in it: a row whose calls meet is there once for each. */
      readonly rows: readonly number[];
      /** How many calls went out together, those of other runs and of the other kind included. */
      readonly batch: number;
      /** NFE a row so far, these calls included: the mean over the run's rows. */
      readonly nfe: Nfe;
      readonly milliseconds: number;
    }
  | { readonly type: 'finished'; readonly rows: readonly RowResult[]; readonly statistics: RunStatistics }
  | { readonly type: 'failed'; readonly message: string; readonly failure: Failure }
  | { readonly type: 'cancelled' };
