import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import type { Cell, Look } from './cells.js';

/** Turns looks into terminal text. Escape sequences come from here and from `Screen` only. */
export interface Paint {
  cells(line: readonly Cell[]): string;
  quiet(text: string): string;
  strong(text: string): string;
  accent(text: string): string;
  warning(text: string): string;
  error(text: string): string;
}

/** Low to high confidence: from slate to mint, told apart by lightness as well, for eyes that do not see every hue. */
const confidenceRamp = ['#5a6080', '#5f74b8', '#4f90d6', '#3fb0dc', '#3fcfc4', '#68e8a4', '#a8ffa0'] as const;

const doubt = '#e5484d';

/** Without colours a flash needs a shape of its own. */
const plainFlash = '\u2593';

/** Level 0 writes no escape sequence at all; 1 to 3 are 16, 256 and 16 million colours. */
export function createPaint(level: ColorSupportLevel): Paint {
  const chalk = new Chalk({ level });
  const ramp = confidenceRamp.map((colour) => chalk.hex(colour));
  return {
    cells: (line) => paintRuns(line, (look, text) => styled(chalk, ramp, look, text)),
    quiet: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    accent: (text) => chalk.hex('#3fcfc4')(text),
    warning: (text) => chalk.yellow(text),
    error: (text) => chalk.red(text),
  };
}

/** Neighbours that look the same share one pair of escape sequences. */
function paintRuns(line: readonly Cell[], style: (look: Look, text: string) => string): string {
  let painted = '';
  for (let i = 0; i < line.length;) {
    const first = line[i];
    if (first === undefined) break;
    const key = keyOf(first.look);
    let text = '';
    let cell: Cell | undefined = first;
    while (cell !== undefined && keyOf(cell.look) === key) {
      text += cell.text;
      cell = line[++i];
    }
    painted += style(first.look, text);
  }
  return painted;
}

const level = (confidence: number): number =>
  Math.min(confidenceRamp.length - 1, Math.max(0, Math.floor(confidence * confidenceRamp.length)));

/** The same for looks that are painted alike. */
function keyOf(look: Look): string {
  if (look.type === 'drawn')
    return `drawn ${String(level(look.confidence))} ${String(look.fresh)} ${String(look.tinted)}`;
  return 'tinted' in look ? `${look.type} ${String(look.tinted)}` : look.type;
}

function styled(chalk: ChalkInstance, ramp: readonly ChalkInstance[], look: Look, text: string): string {
  switch (look.type) {
    case 'prompt':
      return chalk.bold(text);
    case 'committed':
      return text;
    case 'mask':
    case 'noise':
      return look.tinted ? chalk.hex(doubt)(text) : chalk.dim(text);
    case 'corrected':
      return chalk.hex(doubt)(text);
    case 'drafted':
      return chalk.gray(text);
    case 'flash':
      return chalk.level === 0 ? text.replaceAll(/\S/gu, plainFlash) : chalk.bgHex(doubt).whiteBright.bold(text);
    case 'drawn': {
      const colour = (look.tinted ? chalk.hex(doubt) : ramp[level(look.confidence)]) ?? chalk;
      return look.fresh ? colour.bold(text) : colour(text);
    }
  }
}
