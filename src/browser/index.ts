/** The library for pages and workers: what `import ... from 'samplewire/browser'` gives. */

export * from '../engine.js';

// Models.
export { browserBackends as backends, type WasmPaths } from '../models/tfjs/loading/browser.js';
export { modelFilesOf, type ModelFile, type ModelFiles } from './model-files.js';
export { openModel, type OpenOptions, type OpenProgress } from './open-model.js';

// Pipelines.
export { loadPipeline, readPipeline, type LoadOptions, type ReadOptions } from './pipeline.js';
