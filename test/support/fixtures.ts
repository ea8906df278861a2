import { readFileSync } from 'node:fs';
import { z } from 'zod';

const tensor = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });

/** The parts of the reference implementation's numbers that nodes and pipelines are tested against. */
const schema = z.object({
  noiseSchedules: z.array(
    z.object({
      schedule: z.enum(['log-linear', 'cosine']),
      eps: z.number(),
      t: tensor,
      alpha: tensor,
      dAlpha: tensor,
    }),
  ),
  arpcNfe: z.array(
    z.object({ steps: z.number(), warmup: z.number(), guideEvery: z.number(), nfePerBlock: z.number() }),
  ),
  arpcRemaskCount: z.array(
    z.object({ steps: z.number(), stepIndex: z.number(), blockSize: z.number(), count: z.number() }),
  ),
});

export const referenceFunctions = schema.parse(
  JSON.parse(readFileSync(new URL('../fixtures/parity/functions.json', import.meta.url), 'utf8')),
);
