import type { Comparison, Sample, SettingResult } from '../comparison.js';

/** Texts of different settings that belong side by side: of one seed and one prompt. */
export interface TextGroup {
  readonly seed: number;
  /** Index into the prompts. */
  readonly prompt: number;
  readonly budget: number | null;
  readonly texts: readonly { readonly setting: SettingResult; readonly sample: Sample }[];
}

/**
 * The texts to show: those of the first `count` seeds and prompts, one group for each budget in ascending order, and
 * one for the samplers that none decides.
 */
export function chosenTexts(comparison: Comparison, count: number): readonly TextGroup[] {
  const { seeds, prompts, settings, samples } = comparison;
  const places = seeds.flatMap((seed) => prompts.map((_, prompt) => ({ seed, prompt }))).slice(0, count);
  const budgets = [...new Set(settings.map(({ budget }) => budget))].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  return places.flatMap(({ seed, prompt }) => {
    const here = samples.filter((sample) => sample.seed === seed && sample.prompt === prompt);
    return budgets.flatMap((budget) => {
      const texts = settings.flatMap((setting, index) => {
        const sample = here.find((each) => each.setting === index);
        return setting.budget === budget && sample !== undefined ? [{ setting, sample }] : [];
      });
      return texts.length === 0 ? [] : [{ seed, prompt, budget, texts }];
    });
  });
}

/** A row's text, or its token ids where the model has no tokenizer. */
export const textOf = ({ text, tokens }: Pick<Sample, 'text' | 'tokens'>): string => text ?? tokens.join(' ');

/** `ar: NFE 15, AR score 1.873, entropy 2.81` */
export function captionOf({ sampler }: SettingResult, { nfe, arScore, entropy }: Sample): string {
  const score = arScore === null ? '' : `, AR score ${arScore.toFixed(3)}`;
  return `${sampler}: NFE ${nfe.total}${score}${entropy === null ? '' : `, entropy ${entropy.toFixed(2)}`}`;
}

/** `seed 0, prompt "ROMEO:", budget 16` */
export function groupTitle({ seed, prompt, budget }: TextGroup, { prompts }: Pick<Comparison, 'prompts'>): string {
  const given = prompts[prompt];
  const beginning = given === undefined || given.text === '' ? 'no prompt' : `prompt ${shown(given)}`;
  return `seed ${seed}, ${beginning}, ${budget === null ? 'no budget' : `budget ${budget}`}`;
}

const longestShown = 40;

function shown({ text, tokens }: { readonly text: string | null; readonly tokens: readonly number[] }): string {
  const all = text === null ? tokens.join(' ') : JSON.stringify(text);
  const characters = [...all];
  return characters.length > longestShown ? `${characters.slice(0, longestShown).join('')}...` : all;
}
