import type { ParamSpecs } from '../../graph/params.js';
import type { TokenText } from './cells.js';
import type { Paint } from './paint.js';

/** What a frame depends on beside the run. */
export interface FrameOptions {
  /** Size of the terminal. A frame is never wider, and always a line lower, so that nothing scrolls. */
  readonly columns: number;
  /** `Infinity` shows every row whole. */
  readonly rows: number;
  /** Milliseconds on the show's clock: decides which flashes are over. */
  readonly now: number;
  readonly text: TokenText;
  readonly paint: Paint;
  /** The pipeline's parameters: those at their defaults are not mentioned. */
  readonly params: ParamSpecs;
  /** Lines that the text takes at least, so that what is below stays in place when a block loses a line break. */
  readonly textLines?: number;
}
