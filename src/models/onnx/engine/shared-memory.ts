import type { Gate } from './gate.js';
import type { Turns } from './turns.js';

/** What an engine's thread shares with others. */
export interface SharedMemory {
  readonly gate: Gate;
  readonly turns: Turns;
}
