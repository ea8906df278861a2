import { z } from 'zod';
import { backends } from './backends.js';

/** What a verifying process is asked, as the one argument of its command line, in JSON. */
export const verifyRequest = z.object({
  folders: z.array(z.string()).readonly(),
  backend: z.enum(backends),
  precision: z.string().exactOptional(),
  threads: z.number().exactOptional(),
});

export type VerifyRequest = z.infer<typeof verifyRequest>;

/** What it tells of each folder when it is through with it. */
export const verifyMessage = z.object({
  /** Index of the folder. */
  folder: z.number(),
  /** Largest difference of each case, NaN where a logit is none; `null` where it could not be verified. */
  differences: z.array(z.number().or(z.nan())).nullable(),
  reason: z.string().nullable(),
});

export type VerifyMessage = z.infer<typeof verifyMessage>;
