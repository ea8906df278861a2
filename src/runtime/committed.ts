import type { NodeEvent } from '../graph/node-definition.js';
import type { Canvas } from '../graph/values.js';
import type { Observed } from './events.js';

const remedy = 'include a subgraph that tries texts out as a draft ("draft": true), and commit what comes of it';

/** What a row has committed. It is final: whoever streams it never has to take a token back. */
export class Committed {
  private readonly tokens: number[];

  constructor(prompt: readonly number[]) {
    this.tokens = [...prompt];
  }

  /** Takes note of what a node tells; a draft's commits become `drafted`. Throws where one does not go on where the last stopped. */
  observe(event: NodeEvent, draft: boolean): Observed {
    if (event.type !== 'committed') return event;
    if (draft) return { ...event, type: 'drafted' };
    const { length } = this.tokens;
    if (event.start !== length) {
      throw new Error(
        `it commits from position ${String(event.start)} on, where the row has ${String(length)} committed tokens: ` +
          `what is committed is final; ${remedy}`,
      );
    }
    for (const token of event.tokens) this.tokens.push(token);
    return event;
  }

  /** Throws where a finished row is not what was committed. */
  check({ tokens }: Canvas): void {
    const at = this.tokens.findIndex((token, i) => tokens[i] !== token);
    if (at >= 0) {
      throw new Error(
        `the row that came out differs from what was committed at position ${String(at)}: ` +
          `what is committed is final; ${remedy}`,
      );
    }
    if (tokens.length > this.tokens.length) {
      throw new Error(
        `the row that came out has ${String(tokens.length)} tokens, of which ${String(this.tokens.length)} were committed: ` +
          'let commit-canvas commit a draft before it comes out, and a node of your own tell what it commits (observe)',
      );
    }
  }
}
