/** Every kind of node that ships with samplewire, one line each. */

// Predictions, and predictions made from them.
export { arScore } from './predict/ar-score.js';
export { denoiseStep } from './predict/denoise-step.js';
export { minP } from './predict/min-p.js';
export { nucleus } from './predict/nucleus.js';
export { residual } from './predict/residual.js';
export { temper } from './predict/temper.js';
export { topK } from './predict/top-k.js';

// Tokens drawn from predictions.
export { ancestralStep } from './propose/ancestral-step.js';
export { draw } from './propose/draw.js';
export { propose } from './propose/propose.js';
export { remaskingStep } from './propose/remasking-step.js';

// Scores (the higher, the worse) and numbers.
export { constant } from './score/constant.js';
export { divergence } from './score/divergence.js';
export { fillScores } from './score/fill-scores.js';
export { lower } from './score/lower.js';
export { meanScore } from './score/mean-score.js';
export { mergeScores } from './score/merge-scores.js';
export { randomScores } from './score/random-scores.js';
export { scaleScores } from './score/scale-scores.js';
export { softmaxScores } from './score/softmax-scores.js';
export { tokenScore } from './score/token-score.js';
export { uncertainty } from './score/uncertainty.js';

// Which positions, and how many.
export { acceptCount } from './select/accept-count.js';
export { agreeCount } from './select/agree-count.js';
export { changedPositions } from './select/changed-positions.js';
export { except } from './select/except.js';
export { noneLeft } from './select/none-left.js';
export { openPositions } from './select/open-positions.js';
export { remaskCount } from './select/remask-count.js';
export { revealCount } from './select/reveal-count.js';
export { selectBest } from './select/select-best.js';
export { selectConfident } from './select/select-confident.js';
export { selectEntropyBound } from './select/select-entropy-bound.js';
export { selectWorst } from './select/select-worst.js';

// Noise levels, and noise put on and taken off.
export { addNoise } from './noise/add-noise.js';
export { guideSchedule } from './noise/guide-schedule.js';
export { jumpTime } from './noise/jump-time.js';
export { noiseSchedule } from './noise/noise-schedule.js';
export { remask } from './noise/remask.js';
export { reveal } from './noise/reveal.js';
export { sigmaCap } from './noise/sigma-cap.js';
export { sigmaKappa } from './noise/sigma-kappa.js';
export { sigmaRescale } from './noise/sigma-rescale.js';

// Rows, their blocks and their caches.
export { blockAdvance } from './canvas/block-advance.js';
export { canvasBlock } from './canvas/canvas-block.js';
export { canvasDone } from './canvas/canvas-done.js';
export { commitCanvas } from './canvas/commit-canvas.js';
export { eosStop } from './canvas/eos-stop.js';
export { extendBlock } from './canvas/extend-block.js';
export { kvCache } from './canvas/kv-cache.js';
export { kvCommit } from './canvas/kv-commit.js';
export { nextBlock } from './canvas/next-block.js';
export { recall } from './canvas/recall.js';
export { splice } from './canvas/splice.js';
