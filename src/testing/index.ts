/** What nodes and samplers of one's own are tested with: `import ... from 'samplewire/testing'`. Knows no test runner. */

export { checkNode, type CheckNodeOptions, type Trial } from './check-node.js';
export { chiSquareDeviate } from './chi-square.js';
export { nodeContext } from './context.js';
export { distributionOf, type ObservationOptions } from './distribution-of.js';
export { fire, type Fired, type FireOptions } from './fire.js';
export { NodeFault } from './ledger.js';
export { enumerateRows, type OracleSampler, type TinyModel } from './oracle.js';
export { TableDenoiser, type TinyAr } from './table-denoiser.js';
export { assertNoLeaks, tinyModel, type TinyKit, type TinyModelOptions } from './tiny-model.js';
