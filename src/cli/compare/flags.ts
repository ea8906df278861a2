import { z } from 'zod';
import type { CompareRequest } from '../../evaluation/request.js';
import { InputError } from '../../graph/input-error.js';
import type { NoiseProcess } from '../../graph/manifest.js';
import type { OpenOptions } from '../../models/open-model.js';
import { messageOf } from '../../graph/message-of.js';
import type { Prompt } from '../../runtime/prompts.js';
import { integerFlag } from '../integer-flag.js';
import { openOptionsOf, type ModelFlags } from '../commands/model-options.js';
import type { ImportFlags } from '../documents.js';
import { Faults } from '../faults.js';
import { readTextFile } from '../text-file.js';
import { samplersOf, type GivenSampler } from './samplers.js';

/** The flags of `compare` as commander hands them over: numbers are still what was typed. */
export interface CompareFlags extends ImportFlags, ModelFlags {
  readonly model?: string;
  readonly judge?: string;
  readonly judgeProcess?: NoiseProcess;
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly seeds?: string;
  readonly length?: string;
  readonly nfe?: string;
  readonly budgetParam?: string;
  readonly set?: readonly string[];
  readonly texts?: string;
  readonly out?: string;
}

/** A comparison but for its models, which take time to open. */
export interface CompareOptions {
  readonly samplers: readonly GivenSampler[];
  readonly request: Omit<CompareRequest, 'model' | 'judge' | 'signal'>;
  /** How to open model and judge. */
  readonly open: Omit<OpenOptions, 'process'>;
  /** Texts to show of each setting. */
  readonly texts: number;
}

const mostSeeds = 10000;

/** Samplers and flags as a comparison. Rejects with one `InputError` with everything that is wrong with them. */
export async function compareOptions(words: readonly string[], flags: CompareFlags): Promise<CompareOptions> {
  const faults = new Faults();
  const { budgetParam = 'steps', set = [], nfe } = flags;
  const { allowImports = false } = flags;
  const reserved = nfe === undefined ? null : budgetParam;
  const samplers = await samplersOf(words, { set, reserved, allowImports }, faults);
  const budgets = faults.catch(() => (nfe === undefined ? undefined : integersOf('--nfe', nfe, 1)));
  const seeds = faults.catch(() => seedsOf(flags.seeds ?? '1'));
  const length = faults.catch(() => integerFlag('--length', flags.length, 1));
  const texts = faults.catch(() => integerFlag('--texts', flags.texts, 0));
  const prompts = faults.catch(() => promptsOf(flags));
  const open = faults.catch(() => openOptionsOf(flags));
  if (flags.judgeProcess !== undefined && flags.judge === undefined) {
    faults.add('--judge-process is of the model that --judge names; --process is of the one that writes');
  }
  faults.throwIfAny();
  return {
    samplers,
    request: {
      budgetParam,
      ...(seeds === undefined ? {} : { seeds }),
      ...(budgets === undefined ? {} : { budgets }),
      ...(length === undefined ? {} : { length }),
      ...(prompts === undefined ? {} : { prompts }),
    },
    open: open ?? {},
    texts: texts ?? 1,
  };
}

function integersOf(flag: string, text: string, min: number): readonly number[] {
  return text.split(',').map((piece) => integerFlag(flag, piece.trim(), min) ?? min);
}

/** `8`: as many seeds, from 0 on. `3..7`: from the first to the last. `3,` or `3,5,9`: those. */
export function seedsOf(text: string): readonly number[] {
  const range = /^\s*(\d+)\s*\.\.\s*(\d+)\s*$/.exec(text);
  const [from, to] = range === null ? [0, Number(text.trim()) - 1] : [Number(range[1]), Number(range[2])];
  if (range === null && text.includes(',')) return integersOf('--seeds', text.replace(/,\s*$/, ''), 0);
  const count = to - from + 1;
  if (!/\d/.test(text) || !Number.isSafeInteger(to) || count < 1 || count > mostSeeds) {
    throw new InputError(
      `--seeds must say how many (8: seeds 0 to 7), a range (3..7) or which (3,5,9), at most ${mostSeeds}, not "${text}"`,
    );
  }
  return Array.from({ length: count }, (_, i) => from + i);
}

function promptsOf({ prompt = [], prompts }: CompareFlags): readonly Prompt[] | undefined {
  if (prompts === undefined) return prompt.length === 0 ? undefined : prompt;
  if (prompt.length > 0) throw new InputError('--prompt and --prompts both begin the rows; give one of them');
  return promptsIn(prompts, readTextFile('--prompts', prompts, { what: 'a list of prompts', most: 1e7 }));
}

const promptList = z.array(z.union([z.string(), z.array(z.number().int().min(0))])).min(1);

/** A line is a prompt; a `.json` file holds a list of texts or of lists of token ids. */
function promptsIn(file: string, text: string): readonly Prompt[] {
  if (!file.endsWith('.json')) {
    const lines = text.split(/\r?\n/).filter((line) => line !== '');
    if (lines.length === 0) throw new InputError(`--prompts ${file} holds no prompt; each of its lines is one`);
    return lines;
  }
  const parsed = promptList.safeParse(jsonOf(file, text));
  if (parsed.success) return parsed.data;
  throw new InputError(`--prompts ${file} must hold a list of texts, or of lists of token ids`);
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`--prompts ${file} is not JSON: ${messageOf(error)}`);
  }
}
