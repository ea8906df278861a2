import type { NetworkSize } from '../network/network.js';
import type { Gate } from './gate.js';
import type { EngineOptions } from './open.js';
import type { EngineReply, EngineRequest } from './protocol.js';
import type { Turns } from './turns.js';

/** What goes to an engine's thread: first how to open it, then requests, and at last that it is to end. */
export type ToWorker =
  | {
      readonly kind: 'open';
      readonly options: EngineOptions;
      readonly gate: Gate['shared'];
      readonly turns: Turns['shared'];
    }
  | { readonly kind: 'request'; readonly id: number; readonly request: EngineRequest }
  | { readonly kind: 'end' };

/** A fault as plain data; `input` says that the user can mend it. */
export interface Fault {
  readonly message: string;
  readonly input: boolean;
}

/** What comes from an engine's thread. */
export type FromWorker =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'opened'; readonly size: NetworkSize }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: EngineReply }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: Fault };
