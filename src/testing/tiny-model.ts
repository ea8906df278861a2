import type { ModelManifest } from '../graph/manifest.js';
import type { Model } from '../models/denoiser.js';
import { absorbingManifest } from './context.js';
import type { TinyModel } from './oracle.js';
import { lumpyDenoiser, TableDenoiser, type TinyAr } from './table-denoiser.js';

/** A model for tests, ready for `run`, with the functions that it is made of. */
export interface TinyKit extends Model {
  readonly denoiser: TableDenoiser;
  readonly tokenizer: null;
  /** p(x_0 | x_t) at each position of a noisy block, given the text before it. */
  readonly denoise: TinyModel;
  /** p_AR of the next token, given the text before it. */
  readonly ar: TinyAr;
}

export interface TinyModelOptions extends Partial<Omit<ModelManifest, 'maskId'>> {
  /** Probabilities [m][V]; fixed ones that differ for every context when left out. */
  readonly denoise?: TinyModel;
  /** Probabilities [V]; likewise. */
  readonly ar?: TinyAr;
}

/**
 * A model that is a table: few tokens, no network, exact, so that a sampler's distribution on it can be enumerated
 * (`enumerateRows`). Absorbing noise over 5 tokens, the mask among them, and rows of at most 12 tokens, unless the
 * options say otherwise. Its handles are counted, and using one after its release is an error.
 */
export function tinyModel({ denoise, ar, ...options }: TinyModelOptions = {}): TinyKit {
  const base = { ...absorbingManifest, ...options };
  const manifest = { ...base, maskId: base.process === 'absorbing' ? base.vocabularySize - 1 : null };
  const lumpy = lumpyDenoiser(manifest);
  const functions = { denoise: denoise ?? lumpy.tiny, ar: ar ?? lumpy.tinyAr };
  return { ...functions, denoiser: new TableDenoiser(manifest, functions.denoise, functions.ar), tokenizer: null };
}

/** Throws an `Error` where a model has handles that nobody has released. */
export function assertNoLeaks({ denoiser }: Pick<Model, 'denoiser'>): void {
  const { live } = denoiser;
  if (live > 0) throw new Error(`handles of ${denoiser.manifest.name} that were never released: ${String(live)}`);
}
