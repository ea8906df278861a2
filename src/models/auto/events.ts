import type { CandidateName } from '../backends.js';

/** How `auto` goes about its choice. */
export type AutoEvent =
  /** A backend is being tried; `stage` says at what it is. */
  | {
      readonly type: 'probing';
      readonly backend: CandidateName;
      /** Which of how many, from 1 on. */
      readonly number: number;
      readonly total: number;
      readonly stage: string;
    }
  /** The choice that follows cannot be written into this file, and is made anew the next time. */
  | { readonly type: 'unkept'; readonly file: string }
  /** The choice, with its reason in words: `3.1 ms a forward, onnx 4.0`. */
  | { readonly type: 'taken'; readonly backend: CandidateName; readonly why: string };

export type TellOfAuto = (event: AutoEvent) => void;
