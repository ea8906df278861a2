import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { noiseProcesses } from '../../graph/manifest.js';
import { checkSchema } from '../schema-faults.js';

const size = z.number().int().positive();
const tokenId = z.number().int().nonnegative();

/** Up to there every position is a 32-bit number of its own, as devices count them. */
const mostLength = 2 ** 24;

const schema = z.object({
  /** `block-dit`: BlockGen. `dit`: a full-sequence baseline. */
  type: z.enum(['block-dit', 'dit']),
  hidden_size: size,
  /** Width of the condition; only used where the checkpoint has adaLN tensors. */
  cond_dim: size.optional(),
  n_blocks: size,
  n_heads: size,
  /** Sequence length L. */
  length: size.max(mostLength, { error: ({ input }) => `at most ${mostLength} tokens, not ${String(input)}` }),
  /** Whether clean tokens attend token-causally; otherwise by blocks. Says nothing about a `dit`. */
  x0_causal: z.boolean().default(false),
  name: z.string().optional(),
  /** Block sizes trained on. Not part of the published layout. */
  block_sizes: z.array(size).nonempty().optional(),
  /** Noise process. Not part of the published layout. */
  process: z.enum(noiseProcesses).optional(),
  /** Whether the network is conditioned on the noise level. The reference's own configurations have it under `algo`. */
  time_conditioning: z.boolean().optional(),
  algo: z.object({ time_conditioning: z.boolean().optional() }).optional().catch(undefined),
  bos_token_id: tokenId.nullish(),
  eos_token_id: tokenId.nullish(),
});

/** A checkpoint's `config.json`, as published for BlockGen; keys not named here are ignored. */
export type CheckpointConfig = z.infer<typeof schema>;

/** Checks a parsed `config.json`. Throws one `InputError` that lists every fault; `where` names the file. */
export function parseConfig(json: unknown, where: string): CheckpointConfig {
  const result = checkSchema(schema, json);
  if (!result.success) throw new InputError(`${where} is not a model configuration (${result.faults.join('; ')}).`);
  const config = result.data;
  if (config.hidden_size % (2 * config.n_heads) !== 0) {
    throw new InputError(
      `${where}: hidden_size ${config.hidden_size} does not split into ${config.n_heads} heads of even width.`,
    );
  }
  return config;
}
