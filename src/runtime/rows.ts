import { match, P } from 'ts-pattern';
import { givenEnd } from '../graph/given.js';
import type { Canvas, GivenTokens, PortKind } from '../graph/values.js';
import type { Model } from '../models/denoiser.js';
import { maxFaults } from '../graph/limits.js';
import { beginRow } from './beginning.js';
import { integerWithin, tokensOf, type Prompt } from './prompts.js';
import { limitsByDefault, type CheckedLimits } from './run-limits.js';
import { givenTokensOf, type Template } from './templates.js';

/** The part of a request that says which rows there are. Callers from plain JavaScript may give anything. */
export interface Rows {
  /** How many rows to decode; 1 when left out. */
  readonly rows?: number;
  /** The same beginning for every row; rows start from nothing when left out. */
  readonly prompt?: Prompt;
  /** A beginning for each row, in place of `rows` and `prompt`. */
  readonly prompts?: readonly Prompt[];
  /** What every row holds, in place of a prompt: given tokens, and how many are open between and behind them. */
  readonly template?: Template;
  /** A template for each row, in place of `rows` and `template`. */
  readonly templates?: readonly Template[];
  /** The text that every row starts from, for pipelines that take one. */
  readonly source?: Prompt;
  /** A text for each row to start from, in place of `rows` and `source`. */
  readonly sources?: readonly Prompt[];
  /**
   * Tokens of a finished row, those given included. When left out, as many as the template or the source has (the
   * longer one), and the model's length where there is neither.
   */
  readonly length?: number;
}

/** What a row begins with. */
export interface RowStart {
  readonly canvas: Canvas;
  /** The text that it starts from; null for a pipeline that takes none. */
  readonly source: Canvas | null;
}

/** Whether an input of a pipeline is for the text that it starts from; other canvases are the row itself. */
export const isSource = ({ name, kind }: { readonly name: string; readonly kind: PortKind }): boolean =>
  name === 'source' && kind === 'canvas';

/** What a request says of something that every row has: one for all of them, or a list with one for each. */
interface ForRows {
  /** How many rows a list is for. */
  readonly count: number | null;
  of(row: number): Named;
}

interface Named {
  readonly name: string;
  readonly given: unknown;
}

/** What a run's rows begin with; what is wrong with the request goes to `faults`. Rows past the limits are not looked at. */
export function rowStarts(
  model: Model,
  request: Rows,
  faults: string[],
  most: Pick<CheckedLimits, 'rows' | 'tokens'> = limitsByDefault,
): readonly RowStart[] {
  const { length: limit, bosId, predicts, name: modelName } = model.denoiser.manifest;
  const sound = faults.length;
  const asked = request.length === undefined ? null : integerWithin(request.length, 'length', 1, limit, faults);
  // What does not fit a length that is none is no fault of its own.
  const hasLength = faults.length === sound;
  const rows = integerWithin(request.rows ?? 1, 'rows', 1, Number.MAX_SAFE_INTEGER, faults);
  const prompts = forRows(request, 'prompt', 'prompts', faults);
  const templates = forRows(request, 'template', 'templates', faults);
  const sources = forRows(request, 'source', 'sources', faults);
  if (prompts !== null && templates !== null) {
    faults.push('a prompt and a template both say what the rows begin with; give one of them');
  }
  const beginnings = templates ?? prompts;
  const startOf = (row: number): RowStart => {
    const source = sources === null ? null : sourceOf(sources.of(row), model, faults);
    const { name, given } = beginnings?.of(row) ?? { name: 'the prompt', given: [] };
    const before = faults.length;
    const tokens = match({ prompts, templates })
      .with({ templates: P.nonNullable }, () =>
        beginRow(givenTokensOf(given, model, name, limit, faults), firstPiece(given), bosId),
      )
      .with({ prompts: P.nonNullable }, () => beginRow(tokensOf(given, model, name, faults), given, bosId))
      .otherwise(() => bare(source, bosId));
    // Text that is there already says how long the row is; a prompt does not.
    const texts = [...(templates === null ? [] : [tokens.length]), ...(source === null ? [] : [source.length])];
    const length = asked ?? (texts.length === 0 ? limit : Math.min(limit, Math.max(...texts)));
    const canvas = canvasOf(tokens, length);
    if (hasLength && before === faults.length) faults.push(...misfits(canvas, tokens, name, limit));
    if (before === faults.length && predicts === 'next-token' && canvas.promptLength === 0) {
      faults.push(
        `${modelName} predicts each token from those before it and has no BOS to begin a row with; give a prompt`,
        // A tokenizer that could not be had would have said its BOS.
        ...(model.warnings ?? []),
      );
    }
    if (hasLength && source !== null && source.length !== length) {
      const { name: sourceName } = sources?.of(row) ?? { name: '' };
      faults.push(`${sourceName} has ${source.length} tokens and the row ${length}; a text is rewritten at its length`);
    }
    return { canvas, source };
  };
  const counts = [beginnings, sources].flatMap((each) => each?.count ?? []);
  const [count, other = count] = counts;
  const wanted = count ?? rows;
  if (wanted > most.rows) {
    faults.push(
      `the request has ${wanted} rows, and a run at most ${most.rows} (limits.rows); ask for fewer at a time`,
    );
    return [];
  }
  if (count !== other) {
    faults.push(`the rows begin with ${count} texts and have ${String(other)} sources; give as many of both`);
    return [];
  }
  const tooLong = (tokens: number): boolean => {
    if (tokens <= most.tokens) return false;
    faults.push(
      `the rows of the request come to ${tokens} tokens or more, and those of a run to at most ${most.tokens} ` +
        '(limits.tokens); ask for fewer or shorter rows at a time',
    );
    return true;
  };
  if (count === undefined) {
    const start = startOf(0);
    return tooLong(rows * start.canvas.length) ? [] : new Array<RowStart>(rows).fill(start);
  }
  const starts: RowStart[] = [];
  let tokens = 0;
  for (let row = 0; row < count; row++) {
    const start = startOf(row);
    tokens += start.canvas.length;
    if (tooLong(tokens)) break;
    if (faults.length > maxFaults) {
      faults.push(`there are more faults than are listed: the rows behind row ${row} were not looked at`);
      break;
    }
    starts.push(start);
  }
  return starts;
}

/** What a row begins with that nobody says: nothing but the BOS, and beside a source what that begins with. */
const bare = (source: Canvas | null, bosId: number | null): GivenTokens =>
  source !== null && source.tokens[0] !== bosId ? [] : beginRow([], undefined, bosId);

/** `null`: the request says nothing of it. */
function forRows(
  request: Rows,
  single: 'prompt' | 'template' | 'source',
  list: 'prompts' | 'templates' | 'sources',
  faults: string[],
): ForRows | null {
  const one: unknown = request[single];
  const many: unknown = request[list];
  if (many === undefined) {
    return one === undefined ? null : { count: null, of: () => ({ name: `the ${single}`, given: one }) };
  }
  if (one !== undefined || request.rows !== undefined) {
    faults.push(`${list} stands in place of ${single} and rows; give one or the other`);
  }
  if (!Array.isArray(many) || many.length === 0) {
    faults.push(`${list} must be a list of at least one ${single}`);
    return { count: 0, of: () => ({ name: list, given: [] }) };
  }
  const each = Array.from<unknown>(many);
  return { count: each.length, of: (row) => ({ name: `${single} ${row.toString()}`, given: each[row] }) };
}

/** A row that holds given tokens: the leading ones are its prompt. */
function canvasOf(given: GivenTokens, length: number): Canvas {
  const open = given.indexOf(null);
  const prompt = given.slice(0, open < 0 ? given.length : open).filter((token) => token !== null);
  return {
    tokens: prompt,
    length,
    promptLength: prompt.length,
    ended: false,
    ...(givenEnd(given) > prompt.length ? { template: given } : {}),
  };
}

function misfits({ length, promptLength }: Canvas, given: GivenTokens, name: string, limit: number): string[] {
  const most = `(the model's rows hold at most ${limit})`;
  if (promptLength >= length) {
    return [
      `${name} has ${promptLength} ${promptLength === 1 ? 'token' : 'tokens'} and leaves nothing to generate in a row of ${length} ${most}`,
    ];
  }
  return given.length > length
    ? [`${name} has ${given.length} tokens and does not fit a row of ${length} ${most}`]
    : [];
}

const firstPiece = (template: unknown): unknown =>
  Array.isArray(template) ? Array.from<unknown>(template)[0] : undefined;

/** `null` where it is no good. */
function sourceOf({ name, given }: Named, model: Model, faults: string[]): Canvas | null {
  const before = faults.length;
  const written = tokensOf(given, model, name, faults);
  if (faults.length > before) return null;
  if (written.length === 0) faults.push(`${name} is empty, and there is nothing to start from`);
  const tokens = beginRow(written, given, model.denoiser.manifest.bosId);
  return { tokens, length: tokens.length, promptLength: tokens.length, ended: false };
}
