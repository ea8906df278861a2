/** Every kind of node that ships with samplewire, one line each. */
export { ancestralStep } from './ancestral-step.js';
export { arScore } from './ar-score.js';
export { blockAdvance } from './block-advance.js';
export { canvasDone } from './canvas-done.js';
export { denoiseStep } from './denoise-step.js';
export { divergence } from './divergence.js';
export { eosStop } from './eos-stop.js';
export { guideSchedule } from './guide-schedule.js';
export { kvCache } from './kv-cache.js';
export { kvCommit } from './kv-commit.js';
export { nextBlock } from './next-block.js';
export { noiseSchedule } from './noise-schedule.js';
export { propose } from './propose.js';
export { randomScores } from './random-scores.js';
export { remask } from './remask.js';
export { tokenScore } from './token-score.js';
export { uncertainty } from './uncertainty.js';
