import type { NetworkSize } from '../network/network.js';
import type { CallLogits } from '../questions/logits.js';
import type { SegmentTotals } from '../questions/segmented-prediction.js';
import type { Costs } from './costs.js';
import type { CallPart } from './prefill.js';
import type { SlotStorage, Stored } from './slot-storage.js';

/** A call in a row of a pass. */
export type Seated = CallPart & { readonly row: number };

/** The slots that the rows of a pass are. */
export interface Window {
  readonly first: number;
  readonly rows: number;
  /** Whether any call builds on what is stored. */
  readonly stored: boolean;
}

/** What a pass has for one of its calls. */
export interface CallResult<S extends Stored> {
  /** What it leaves; valid until the next pass. Throws an `Error` when it is not finite. */
  kept(): S;
  /** Its logits and what the network has computed of them. Throws an `Error` when they are not finite. */
  answers(): { readonly logits: CallLogits; readonly totals?: SegmentTotals };
}

/** Memory that several use and the last of them gives back. */
export interface Shared {
  retain(): void;
  release(): void;
}

export interface PassResult<S extends Stored> {
  /** For each call in order. */
  readonly calls: readonly CallResult<S>[];
  /** What the calls' logits lie in, with one user. */
  readonly buffer: Shared;
}

export interface MachineUsage {
  /** Buffers of logits in use, and bytes of all there are. */
  readonly buffers: number;
  readonly logitsBytes: number;
}

/** What runs passes and has the memory for what they read and leave: this process, or a device. One pass at a time. */
export interface Machine<S extends Stored> {
  readonly size: NetworkSize;
  readonly storage: SlotStorage<S>;
  readonly costs: Costs;
  readonly usage: MachineUsage;
  run(calls: readonly Seated[], window: Window): Promise<PassResult<S>>;
  /** Ends when what a pass has left is in the storage. Rejects when it cannot be. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}
