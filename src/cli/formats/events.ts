import { visibleJson } from '../../graph/visible.js';
import { write } from '../session.js';
import type { FormatContext, RunFormat } from './format.js';

/** Every event of the run, one JSON object a line. */
export const eventsFormat = ({ session }: Pick<FormatContext, 'session'>): RunFormat => ({
  take: (event) => write(session, `${visibleJson(event)}\n`),
  close: () => Promise.resolve(),
});
