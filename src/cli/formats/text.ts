import { match } from 'ts-pattern';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Tokenizer } from '../../models/denoiser.js';
import type { RunEvent } from '../../runtime/events.js';
import { note } from '../report.js';
import { write, type Session } from '../session.js';
import { printable } from '../terminal/printable.js';
import type { RunFormat } from './format.js';
import { figuresOf } from './statistics.js';

interface TextContext {
  readonly session: Session;
  readonly model: {
    readonly denoiser: { readonly manifest: Pick<ModelManifest, 'eosId'> };
    readonly tokenizer: Pick<Tokenizer, 'decode'> | null;
  };
}

interface RowText {
  readonly length: number;
  readonly tokens: number[];
  /** Tokens that have been written. */
  shown: number;
  done: boolean;
}

/**
 * Committed text on stdout: of a single row as it is written, of several rows each one when it is finished, below
 * a line with its number. Figures go to stderr. A terminal gets no control characters; a pipe gets the exact text.
 */
export function textFormat({ session, model }: TextContext): RunFormat {
  const { tokenizer } = model;
  const { eosId } = model.denoiser.manifest;
  const rows: RowText[] = [];
  let lastCharacter = '\n';

  const say = async (text: string): Promise<void> => {
    if (text === '') return;
    lastCharacter = text.at(-1) ?? lastCharacter;
    await write(session, session.stdout.isTTY === true ? printable(text) : text);
  };
  const endLine = (): Promise<void> => (lastCharacter === '\n' ? Promise.resolve() : say('\n'));

  /** Shows the tokens of a row up to `end`. */
  const showUpTo = async (row: RowText, end: number): Promise<void> => {
    if (end <= row.shown) return;
    const tokens = row.tokens.slice(row.shown, end);
    const text = tokenizer === null ? `${row.shown > 0 ? ' ' : ''}${tokens.join(' ')}` : tokenizer.decode(tokens);
    row.shown = end;
    await say(text);
  };
  const showWhole = async (index: number, state: string): Promise<void> => {
    const row = rows[index];
    if (row === undefined || row.done) return;
    row.done = true;
    await endLine();
    await say(`${lastCharacter === '\n' ? '' : '\n'}--- row ${String(index)}${state} ---\n`);
    await showUpTo(row, row.tokens.length);
    await endLine();
  };
  /** A pipeline may yet cut the row behind an end-of-sequence token: what follows it waits for the next commit. */
  const certainEnd = ({ tokens, shown }: RowText): number => {
    const end = eosId === null ? -1 : tokens.indexOf(eosId, shown);
    return end < 0 ? tokens.length : end + 1;
  };

  const take = (event: RunEvent): Promise<void> =>
    match(event)
      .with({ type: 'started' }, async (started) => {
        for (const { prompt, length } of started.rows)
          rows.push({ length, tokens: [...prompt], shown: 0, done: false });
        const [only] = rows;
        if (rows.length === 1 && only !== undefined) await showUpTo(only, only.tokens.length);
      })
      .with({ type: 'committed' }, async ({ row: index, start, tokens }) => {
        const row = rows[index];
        if (row === undefined) return;
        if (rows.length === 1) await showUpTo(row, row.tokens.length);
        row.tokens.splice(start, row.tokens.length - start, ...tokens);
        if (rows.length === 1) await showUpTo(row, certainEnd(row));
        else if (eosId === null && row.tokens.length >= row.length) await showWhole(index, '');
      })
      .with({ type: 'finished' }, async ({ rows: results, statistics }) => {
        for (const result of results) {
          const row = rows[result.row];
          if (row === undefined) continue;
          row.tokens.splice(0, row.tokens.length, ...result.tokens);
          if (rows.length === 1) await showUpTo(row, row.tokens.length);
          else await showWhole(result.row, '');
        }
        await endLine();
        note(session, figuresOf(statistics));
      })
      .with({ type: 'failed' }, { type: 'cancelled' }, async () => {
        for (const [index, row] of rows.entries()) {
          if (rows.length === 1) await showUpTo(row, row.tokens.length);
          else if (row.tokens.length > 0) await showWhole(index, ', unfinished');
        }
        await endLine();
      })
      .with({ type: 'step' }, { type: 'remasked' }, { type: 'forward' }, () => Promise.resolve())
      .exhaustive();
  return { take, close: () => Promise.resolve() };
}
