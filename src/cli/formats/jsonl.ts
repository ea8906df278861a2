import { visibleJson } from '../../graph/visible.js';
import { write } from '../session.js';
import type { FormatContext, RunFormat } from './format.js';

/**
 * One JSON object for each finished row: `row`, `tokens`, `text` (where there is a tokenizer), `nfe`, and for a row with
 * given tokens behind its prompt `promptLength` and their positions, `given`.
 */
export const jsonlFormat = ({ session }: Pick<FormatContext, 'session'>): RunFormat => ({
  take: async (event) => {
    if (event.type !== 'finished') return;
    for (const { row, tokens, text, nfe, promptLength, given } of event.rows) {
      const holes = given.length === 0 ? {} : { promptLength, given };
      await write(session, `${visibleJson({ row, tokens, ...(text === null ? {} : { text }), nfe, ...holes })}\n`);
    }
  },
  close: () => Promise.resolve(),
});
