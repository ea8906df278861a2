import { write } from '../session.js';
import type { FormatContext, RunFormat } from './format.js';

/** One JSON object for each finished row: `row`, `tokens`, `text` (where there is a tokenizer) and `nfe`. */
export const jsonlFormat = ({ session }: Pick<FormatContext, 'session'>): RunFormat => ({
  take: async (event) => {
    if (event.type !== 'finished') return;
    for (const { row, tokens, text, nfe } of event.rows) {
      await write(session, `${JSON.stringify({ row, tokens, ...(text === null ? {} : { text }), nfe })}\n`);
    }
  },
  close: () => Promise.resolve(),
});
