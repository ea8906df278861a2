import { createRegistry, type Registry } from '../graph/registry.js';
import { ancestralStep } from './ancestral-step.js';
import { arScore } from './ar-score.js';
import { blockAdvance } from './block-advance.js';
import { canvasDone } from './canvas-done.js';
import { denoiseStep } from './denoise-step.js';
import { divergence } from './divergence.js';
import { eosStop } from './eos-stop.js';
import { guideSchedule } from './guide-schedule.js';
import { kvCache } from './kv-cache.js';
import { kvCommit } from './kv-commit.js';
import { nextBlock } from './next-block.js';
import { noiseSchedule } from './noise-schedule.js';
import { propose } from './propose.js';
import { randomScores } from './random-scores.js';
import { remask } from './remask.js';
import { tokenScore } from './token-score.js';
import { uncertainty } from './uncertainty.js';

export {
  ancestralStep,
  arScore,
  blockAdvance,
  canvasDone,
  denoiseStep,
  divergence,
  eosStop,
  guideSchedule,
  kvCache,
  kvCommit,
  nextBlock,
  noiseSchedule,
  propose,
  randomScores,
  remask,
  tokenScore,
  uncertainty,
};

/** Every kind of node that ships with samplewire. */
export const standardNodes: Registry = createRegistry([
  ancestralStep,
  arScore,
  blockAdvance,
  canvasDone,
  denoiseStep,
  divergence,
  eosStop,
  guideSchedule,
  kvCache,
  kvCommit,
  nextBlock,
  noiseSchedule,
  propose,
  randomScores,
  remask,
  tokenScore,
  uncertainty,
]);
