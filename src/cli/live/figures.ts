import stringWidth from 'string-width';
import { countText } from '../../evaluation/report/columns.js';
import { visible } from '../../graph/visible.js';
import type { RowState, RunState } from '../../runtime/run-state.js';
import type { ParamSpecs } from '../../graph/params.js';
import type { Paint } from './paint.js';
import type { RowView, ViewState } from './view.js';

/** A phrase and how wide it is: what does not fit the line is said shorter, or left out. */
interface Phrase {
  readonly plain: string;
  readonly painted: string;
  readonly shorter?: Phrase;
}

const separator = ' \u00b7 ';

/** Block, step, NFE, tokens per second and time of a run, in at most `columns`. */
export function figuresLine(view: ViewState, columns: number, paint: Paint): string {
  const { run, milliseconds, generated } = view;
  const speed = (generated * 1000) / Math.max(1, milliseconds);
  const phrases = [
    ...(run.status === 'running' ? progressPhrases(view, paint) : [figure([generated], ['', ' tokens'], paint)]),
    ...waitingPhrase(run.waiting, paint),
    ...draftedPhrase(run.rows, paint),
    nfePhrase(run, paint),
    ...(generated === 0 ? [] : [figure([speed], ['', ' tokens/s'], paint)]),
    figure([(milliseconds / 1000).toFixed(1)], ['', ' s'], paint),
  ];
  return joined(phrases, columns, paint);
}

/** Pipeline, model, seed, and the parameters that are not as usual. */
export function titleLine({ run, seed, params }: ViewState, columns: number, paint: Paint, specs: ParamSpecs): string {
  const settings = Object.entries(params).filter(([name, value]) => value !== specs[name]?.default);
  const quiet = [run.model, `seed ${String(seed)}`, ...settings.map(([name, value]) => `${name} ${String(value)}`)];
  const phrases = [
    named(run.pipeline, (name) => paint.strong(name)),
    ...quiet.map((each) => named(each, (phrase) => paint.quiet(phrase))),
  ];
  return joined(phrases, columns, paint);
}

/** Quiet phrases, as many as fit. */
export const quietLine = (phrases: readonly string[], columns: number, paint: Paint): string =>
  joined(
    phrases.map((each) => named(each, (phrase) => paint.quiet(phrase))),
    columns,
    paint,
  );

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
  { blocksDone, blocksDrafted }: RowView,
): { readonly current: number; readonly total: number } {
  const finished = blocksDone + blocksDrafted;
  const start = row.block?.start ?? row.tokens.length + row.draft.length;
  const size = row.block?.tokens.length ?? 0;
  const rest = size === 0 ? 0 : Math.ceil((row.length - start) / size);
  return { current: size === 0 ? finished : finished + 1, total: finished + rest };
}

/** Where the row in flight is that has come least far, and how many rows are finished. */
function progressPhrases({ run, rows }: ViewState, paint: Paint): Phrase[] {
  const unfinished = run.rows.filter(({ tokens, length }) => tokens.length < length);
  const finished = run.rows.length - unfinished.length;
  const phrases = finished === 0 ? [] : [figure([finished, run.rows.length], ['rows ', '/'], paint)];
  const inFlight = unfinished.slice(0, unfinished.length - (run.waiting?.rows ?? 0));
  const slowest = inFlight.reduce<RowState | null>(
    (least, row) => (least === null || row.tokens.length < least.tokens.length ? row : least),
    null,
  );
  const view = slowest === null ? undefined : rows[run.rows.indexOf(slowest)];
  const block = slowest?.block ?? null;
  if (slowest === null || view === undefined || block === null) return phrases;
  const { current, total } = blockCount(slowest, view);
  const { step, steps } = block;
  return [
    ...phrases,
    figure([current, total], ['block ', '/'], paint),
    ...(step === null || steps === null ? [] : [figure([step + 1, steps], ['step ', '/'], paint)]),
  ];
}

/** `5 rows waiting`, `5 rows waiting behind 12`: those for which the model has no room yet. */
function waitingPhrase(waiting: RunState['waiting'], paint: Paint): Phrase[] {
  if (waiting === null) return [];
  const { rows, ahead } = waiting;
  const words = rows === 1 ? ' row waiting' : ' rows waiting';
  return [ahead === 0 ? figure([rows], ['', words], paint) : figure([rows, ahead], ['', `${words} behind `], paint)];
}

/** How many tokens stand there that may still be thrown away. */
function draftedPhrase(rows: readonly RowState[], paint: Paint): Phrase[] {
  const drafted = rows.reduce((sum, { draft }) => sum + draft.length, 0);
  return drafted === 0 ? [] : [figure([drafted], ['', ' drafted'], paint)];
}

/** `NFE 31 = 16 diffusion + 15 AR`, and of several rows `NFE 31 a row = ...`. */
function nfePhrase({ nfe, rows }: RunState, paint: Paint): Phrase {
  const each = rows.length > 1 ? ' a row' : '';
  const [total, ...parts] = [nfe.total, nfe.diffusion, nfe.ar].map(countText);
  const shorter = figure([total ?? ''], ['NFE ', each], paint);
  if (nfe.ar === 0) return shorter;
  return { ...figure([total ?? '', ...parts], ['NFE ', `${each} = `, ' diffusion + ', ' AR'], paint), shorter };
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

/** A phrase with names from outside in it: they stay on the line, and steer no terminal. */
function named(text: string, painted: (text: string) => string): Phrase {
  const plain = visible(text);
  return { plain, painted: painted(plain) };
}

function joined(phrases: readonly Phrase[], columns: number, paint: Paint): string {
  let line = '';
  let width = 0;
  for (const phrase of phrases) {
    const room = columns - width - (width === 0 ? 0 : separator.length);
    const fitting = [phrase, phrase.shorter].find((each) => each !== undefined && stringWidth(each.plain) <= room);
    if (fitting === undefined) continue;
    line += (width === 0 ? '' : paint.quiet(separator)) + fitting.painted;
    width = columns - room + stringWidth(fitting.plain);
  }
  return line;
}
