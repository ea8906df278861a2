import type { Nfe } from '../../runtime/events.js';
import type { RowState } from '../../runtime/run-state.js';
import type { Paint } from './paint.js';
import type { RowView, ViewState } from './view.js';

/** A phrase and how wide it is: what does not fit the line is left out, from the end. */
interface Phrase {
  readonly plain: string;
  readonly painted: string;
}

const separator = ' \u00b7 ';

/** Block, step, NFE, tokens per second and time of a run, in at most `columns`. */
export function figuresLine(view: ViewState, columns: number, paint: Paint): string {
  const { run, milliseconds, generated } = view;
  const phrases = run.status === 'running' ? [...progressPhrases(view, paint)] : [];
  if (run.status !== 'running') phrases.push(figure([generated], ['', ' tokens'], paint));
  phrases.push(nfePhrase(run.nfe, paint));
  if (generated > 0) phrases.push(figure([(generated * 1000) / Math.max(1, milliseconds)], ['', ' tokens/s'], paint));
  phrases.push(figure([seconds(milliseconds)], ['', ' s'], paint));
  return joined(phrases, columns, paint);
}

/** Pipeline, model, seed and parameters. */
export function titleLine({ run, seed, params }: ViewState, columns: number, paint: Paint): string {
  const quietly = (plain: string): Phrase => ({ plain, painted: paint.quiet(plain) });
  return joined(
    [
      { plain: run.pipeline, painted: paint.strong(run.pipeline) },
      quietly(run.model),
      quietly(`seed ${String(seed)}`),
      ...Object.entries(params).map(([name, value]) => quietly(`${name} ${String(value)}`)),
    ],
    columns,
    paint,
  );
}

/** A rule that fills as the rows are written. */
export function progressRule({ run }: ViewState, columns: number, paint: Paint): string {
  const shares = run.rows.map(({ tokens, promptLength, length }) =>
    length > promptLength ? (tokens.length - promptLength) / (length - promptLength) : 1,
  );
  const mean = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
  const done = run.status === 'finished' ? columns : Math.min(columns, Math.round(mean * columns));
  return paint.accent('\u2501'.repeat(done)) + paint.quiet('\u2500'.repeat(columns - done));
}

/** Which block a row is at and how many it will have, if they all become as long as this one. */
export function blockCount(
  row: RowState,
  { blocksDone }: RowView,
): { readonly current: number; readonly total: number } {
  const start = row.block?.start ?? row.tokens.length;
  const size = row.block?.tokens.length ?? 0;
  const rest = size === 0 ? 0 : Math.ceil((row.length - start) / size);
  return { current: size === 0 ? blocksDone : blocksDone + 1, total: blocksDone + rest };
}

function* progressPhrases({ run, rows }: ViewState, paint: Paint): Generator<Phrase> {
  const unfinished = run.rows.filter(({ tokens, length }) => tokens.length < length);
  if (run.rows.length > 1) {
    yield figure([run.rows.length - unfinished.length, run.rows.length], ['rows ', '/'], paint);
  }
  const slowest = unfinished.reduce<RowState | null>(
    (least, row) => (least === null || row.tokens.length < least.tokens.length ? row : least),
    null,
  );
  const block = slowest?.block ?? null;
  const view = slowest === null ? undefined : rows[run.rows.indexOf(slowest)];
  if (slowest === null || block === null || view === undefined) return;
  const { current, total } = blockCount(slowest, view);
  yield figure([current, total], ['block ', '/'], paint);
  yield figure([block.step + 1, block.steps], ['step ', '/'], paint);
}

/** `NFE 31 = 16 diffusion + 15 AR`: forwards of the network. */
function nfePhrase({ total, diffusion, ar }: Nfe, paint: Paint): Phrase {
  if (ar === 0) return figure([total], ['NFE '], paint);
  return figure([total, diffusion, ar], ['NFE ', ' = ', ' diffusion + ', ' AR'], paint);
}

/** Numbers between words: `words[0] values[0] words[1] values[1] ...`. */
function figure(values: readonly (number | string)[], words: readonly string[], paint: Paint): Phrase {
  const parts = words.map((word, i) => {
    const value = values[i];
    return { word, value: typeof value === 'number' ? value.toFixed(0) : (value ?? '') };
  });
  return {
    plain: parts.map(({ word, value }) => word + value).join(''),
    painted: parts
      .map(({ word, value }) => (word === '' ? '' : paint.quiet(word)) + (value === '' ? '' : paint.strong(value)))
      .join(''),
  };
}

export const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);

function joined(phrases: readonly Phrase[], columns: number, paint: Paint): string {
  let line = '';
  let width = 0;
  for (const { plain, painted } of phrases) {
    const needed = plain.length + (width === 0 ? 0 : separator.length);
    if (width + needed > columns) break;
    line += (width === 0 ? '' : paint.quiet(separator)) + painted;
    width += needed;
  }
  return line;
}
