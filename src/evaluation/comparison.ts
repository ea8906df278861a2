import type { NoiseProcess } from '../graph/manifest.js';
import type { ParamValue } from '../graph/params.js';
import type { Nfe } from '../runtime/events.js';
import type { RunnablePipeline } from '../runtime/run.js';
import type { Estimate } from './statistics.js';

/** A sampler to compare. */
export interface ComparedSampler {
  /** Its name in tables and figures; no two samplers share one. */
  readonly label: string;
  readonly pipeline: RunnablePipeline;
  /** Parameters that it is to run with; those left out take their defaults or are decided by the budget. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What is known of a sampler when the comparison is planned. */
export interface SamplerFacts {
  readonly label: string;
  /** Name of the document. */
  readonly pipeline: string;
  /** Hash of the document's meaning. */
  readonly hash: string;
  /** Why no budget decides its NFE; `null` where one does. */
  readonly unsteered: string | null;
}

/** A sampler with the parameters that one budget leads to. */
export interface Setting {
  /** Label of the sampler. */
  readonly sampler: string;
  /** NFE a row that it may use; `null` where no budget decides it. */
  readonly budget: number | null;
  /** All parameters, defaults included. */
  readonly params: Readonly<Record<string, ParamValue>>;
}

/** A row that a setting wrote, and what it is worth. */
export interface Sample {
  /** Index into the settings. */
  readonly setting: number;
  readonly seed: number;
  /** Index into the prompts. */
  readonly prompt: number;
  /** All tokens, prompt included. */
  readonly tokens: readonly number[];
  readonly promptLength: number;
  /** Prompt included; `null` where the model has no tokenizer. */
  readonly text: string | null;
  readonly nfe: Nfe;
  /** Time of the whole run of this row, alone. */
  readonly milliseconds: number;
  /** Mean of -log p_AR over the generated tokens, in nats; `null` where nothing can score them. */
  readonly arScore: number | null;
  /** Of the generated tokens, in nats; `null` where there are none. */
  readonly entropy: number | null;
  /** Share of distinct pairs among the generated tokens; `null` where there are none. */
  readonly distinct: number | null;
}

/** A run that failed, in place of a sample. */
export interface FailedSample {
  readonly setting: number;
  readonly seed: number;
  readonly prompt: number;
  readonly message: string;
}

/** What the rows of one setting come to. */
export interface SettingResult extends Setting {
  /** Rows that were written. */
  readonly rows: number;
  /** Mean NFE a row; `null` where no row was written, as below. */
  readonly nfe: Nfe | null;
  /** Median time of a row. */
  readonly milliseconds: number | null;
  /** Median over rows of generated tokens in a second. */
  readonly tokensPerSecond: number | null;
  /** Nats per generated token, mean over all tokens, standard error over rows. */
  readonly arScore: Estimate | null;
  /** Unigram entropy of a row in nats, mean over rows. */
  readonly entropy: number | null;
  /** Share of distinct pairs of tokens in a row, mean over rows. */
  readonly distinct: number | null;
}

/** What rows begin with. */
export interface ComparedPrompt {
  /** A token that begins every row of the model (BOS) included. */
  readonly tokens: readonly number[];
  /** As it was given; empty where nothing was, `null` for token ids of a model without a tokenizer. */
  readonly text: string | null;
}

/** The model that wrote or judged. */
export interface ModelFacts {
  readonly name: string;
  readonly process: NoiseProcess;
  readonly vocabularySize: number;
}

/** A comparison, done or stopped halfway. */
export interface Comparison {
  /** Whether every run was done. */
  readonly complete: boolean;
  readonly model: ModelFacts;
  /** What scored the rows: another model, or the model itself. */
  readonly judge: ModelFacts;
  /** Why there are no AR scores; `null` where there are. */
  readonly unjudged: string | null;
  readonly prompts: readonly ComparedPrompt[];
  readonly seeds: readonly number[];
  /** Tokens of a finished row, prompt included. */
  readonly length: number;
  /** NFE a row. */
  readonly budgets: readonly number[];
  /** Name of the parameter that the budgets decide. */
  readonly budgetParam: string;
  readonly samplers: readonly SamplerFacts[];
  readonly settings: readonly SettingResult[];
  readonly samples: readonly Sample[];
  readonly failures: readonly FailedSample[];
  /** What a reader has to know: budgets out of reach, budgets that come to the same, warnings of nodes. */
  readonly notes: readonly string[];
}
