/** How noise is added to text. `absorbing`: a mask id (MDM). `uniform`: any token (USDM). */
export const noiseProcesses = ['absorbing', 'uniform'] as const;
export type NoiseProcess = (typeof noiseProcesses)[number];

/**
 * What a clean token may attend to among the clean tokens.
 * `token-causal`: itself and those before it, so that one cache serves every block size and AR scoring.
 * `block-causal`: its whole block and those before it. `bidirectional`: everything; no cache is possible.
 */
export type Causality = 'token-causal' | 'block-causal' | 'bidirectional';

/**
 * What a forward predicts. `block`: the clean tokens of a noisy block of any size.
 * `next-token`: only the token behind the clean text, of which there has to be at least one (autoregression). AR scoring needs
 * no probes then.
 */
export type PredictionTarget = 'block' | 'next-token';

/** What nodes and checks may know of a model. */
export interface ModelManifest {
  /** Name for messages, usually the checkpoint folder's. */
  readonly name: string;
  /** Vocabulary size V, mask id included. */
  readonly vocabularySize: number;
  /** In a model that predicts the next token it only says what stands for a token not yet drawn. */
  readonly process: NoiseProcess;
  /** The absorbing state, `V - 1` in the published models; `null` for uniform noise. */
  readonly maskId: number | null;
  /** Sequence length L that the model was trained on; no row may be longer. */
  readonly length: number;
  readonly causality: Causality;
  readonly predicts: PredictionTarget;
  /** Block sizes trained on, ascending; `null` where the checkpoint does not say. */
  readonly blockSizes: readonly number[] | null;
  /** Beginning- and end-of-sequence ids, `null` where the tokenizer has none. */
  readonly bosId: number | null;
  readonly eosId: number | null;
}
