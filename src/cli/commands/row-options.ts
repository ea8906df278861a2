import { InputError } from '../../graph/input-error.js';
import type { Prompt } from '../../runtime/prompts.js';
import type { Rows } from '../../runtime/rows.js';
import type { Template } from '../../runtime/templates.js';
import { readTextFile } from '../text-file.js';

/** The flags that say what rows hold before anything is written. */
export interface RowFlags {
  readonly prompt?: string;
  readonly promptTokens?: string;
  readonly infill?: string;
  readonly source?: string;
  readonly sourceFile?: string;
}

/** What rows begin with, from `--prompt`, `--prompt-tokens` or `--infill`. */
export function beginningOf({ prompt, promptTokens, infill }: RowFlags): Pick<Rows, 'prompt' | 'template'> {
  const given = [
    ...(prompt === undefined ? [] : ['--prompt']),
    ...(promptTokens === undefined ? [] : ['--prompt-tokens']),
    ...(infill === undefined ? [] : ['--infill']),
  ];
  if (given.length > 1) throw new InputError(`${given.join(' and ')} say the same of the rows; give one of them`);
  if (infill !== undefined) return { template: templateOf(infill) };
  if (promptTokens !== undefined) return { prompt: idsOf(promptTokens) };
  return prompt === undefined ? {} : { prompt };
}

/** The text to start from, from `--source` or `--source-file`. */
export function sourceOf({ source, sourceFile }: RowFlags): Pick<Rows, 'source'> {
  if (sourceFile === undefined) return source === undefined ? {} : { source };
  if (source !== undefined) throw new InputError('--source and --source-file are the same text; give one of them');
  return { source: readTextFile('--source-file', sourceFile, { what: 'a text to start from', most: 1e6 }) };
}

function idsOf(text: string): Prompt {
  return text.split(',').map((piece) => {
    if (!/^\s*\d+\s*$/.test(piece)) {
      throw new InputError(`--prompt-tokens must be token ids with commas between, as in 1,2,3; "${piece}" is none`);
    }
    return Number(piece);
  });
}

/** Text with holes: `{{20}}` leaves 20 tokens open. */
function templateOf(text: string): Template {
  const example = "as in --infill 'ROMEO: {{20}} love'";
  const pieces = text.split(/(\{\{[^{}]*\}\})/).filter((piece) => piece !== '');
  const template = pieces.map((piece): string | number => {
    const hole = /^\{\{([^{}]*)\}\}$/.exec(piece)?.[1];
    if (hole === undefined) {
      if (!/\{\{|\}\}/.test(piece)) return piece;
      throw new InputError(
        `--infill has a hole that is not closed or not opened in "${piece}"; write it {{20}}, ${example}`,
      );
    }
    const count = Number(hole);
    if (/^\s*\d+\s*$/.test(hole) && Number.isSafeInteger(count) && count > 0) return count;
    throw new InputError(`--infill has a hole ${piece}; a hole says how many tokens it has, 1 or more, ${example}`);
  });
  if (template.some((piece) => typeof piece === 'number')) return template;
  throw new InputError(`--infill has no hole, ${example}; a text that rows only begin with is a --prompt`);
}
