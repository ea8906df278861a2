import { match } from 'ts-pattern';
import type { Tokenizer } from '../../models/denoiser.js';
import type { RunEvent } from '../../runtime/events.js';
import { rewrite } from '../../runtime/rewrite.js';
import { RowText } from '../../runtime/row-text.js';
import { note } from '../report.js';
import { write, type Session } from '../session.js';
import { printable } from '../../graph/visible.js';
import type { RunFormat } from './format.js';
import { figuresOf } from './statistics.js';

interface TextContext {
  readonly session: Session;
  readonly model: { readonly tokenizer: Pick<Tokenizer, 'decode'> | null };
}

interface Row {
  readonly length: number;
  readonly tokens: number[];
  /** Tokens that have been written. */
  shown: number;
  /** Null without a tokenizer. */
  readonly text: RowText | null;
  done: boolean;
}

/**
 * Committed text on stdout: of a single row as it is written, of several rows each one when it is finished, below
 * a line with its number. Figures go to stderr. A terminal gets no control characters; a pipe gets the exact text.
 */
export function textFormat({ session, model }: TextContext): RunFormat {
  const { tokenizer } = model;
  const rows: Row[] = [];
  let lastCharacter = '\n';
  let toldToWait = false;

  const say = async (text: string): Promise<void> => {
    if (text === '') return;
    lastCharacter = text.at(-1) ?? lastCharacter;
    await write(session, session.stdout.isTTY === true ? printable(text) : text);
  };
  const endLine = (): Promise<void> => (lastCharacter === '\n' ? Promise.resolve() : say('\n'));

  const showAll = async (row: Row): Promise<void> => {
    const tokens = row.tokens.slice(row.shown);
    if (tokens.length === 0) return;
    const text = row.text === null ? `${row.shown > 0 ? ' ' : ''}${tokens.join(' ')}` : row.text.add(tokens);
    row.shown = row.tokens.length;
    await say(text);
  };
  /** The same, and what is left of a character that nothing completes. */
  const showEnd = async (row: Row): Promise<void> => {
    await showAll(row);
    await say(row.text?.end() ?? '');
    await endLine();
  };
  const showWhole = async (index: number, state: string): Promise<void> => {
    const row = rows[index];
    if (row === undefined || row.done) return;
    row.done = true;
    await endLine();
    await say(`${lastCharacter === '\n' ? '' : '\n'}--- row ${String(index)}${state} ---\n`);
    await showEnd(row);
  };

  const take = (event: RunEvent): Promise<void> =>
    match(event)
      .with({ type: 'started' }, async (started) => {
        for (const { prompt, length } of started.rows)
          rows.push({ length, tokens: [...prompt], shown: 0, text: tokenizer && new RowText(tokenizer), done: false });
        const [only] = rows;
        if (rows.length === 1 && only !== undefined) await showAll(only);
      })
      .with({ type: 'waiting' }, ({ rows: waiting }) => {
        if (!toldToWait) note(session, `${String(waiting)} of ${String(rows.length)} rows wait for room`);
        toldToWait = true;
        return Promise.resolve();
      })
      .with({ type: 'committed' }, async ({ row: index, start, tokens }) => {
        const row = rows[index];
        if (row === undefined) return;
        if (rows.length === 1) await showAll(row);
        rewrite(row.tokens, start, tokens);
        if (rows.length === 1) await showAll(row);
        else if (row.tokens.length >= row.length) await showWhole(index, '');
      })
      .with({ type: 'finished' }, async ({ rows: results, statistics }) => {
        for (const result of results) {
          const row = rows[result.row];
          if (row === undefined) continue;
          rewrite(row.tokens, 0, result.tokens);
          if (rows.length === 1) await showEnd(row);
          else await showWhole(result.row, '');
        }
        await endLine();
        note(session, figuresOf(statistics, results.length));
      })
      .with({ type: 'failed' }, { type: 'cancelled' }, async () => {
        for (const [index, row] of rows.entries()) {
          if (rows.length === 1) await showEnd(row);
          else if (row.tokens.length > 0) await showWhole(index, ', unfinished');
        }
        await endLine();
      })
      .with({ type: 'step' }, { type: 'remasked' }, { type: 'drafted' }, { type: 'forward' }, () => Promise.resolve())
      .exhaustive();
  return { take, close: () => Promise.resolve() };
}
