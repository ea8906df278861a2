import type { CheckedGraph } from '../../graph/checked-graph.js';
import type { ParamValue } from '../../graph/params.js';
import type { Model } from '../../models/denoiser.js';
import type { RunEvent } from '../../runtime/events.js';
import type { Session } from '../session.js';

/** How a run reaches the person or the program that wants it. */
export interface RunFormat {
  /** Takes one event. The next one waits until the promise is settled. */
  take(event: RunEvent): Promise<void>;
  /** After the last event: resolves when everything is out. */
  close(): Promise<void>;
}

/** What a format may know of the run beside its events. */
export interface FormatContext {
  readonly session: Session;
  readonly graph: CheckedGraph;
  /** The pipeline's file, as a person would type it. */
  readonly path: string;
  readonly model: Model;
  /** What the pipeline's parameters are in this run. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Steps a second in the live view; 0 is as fast as they come, `null` leaves it to the view. */
  readonly speed: number | null;
}
