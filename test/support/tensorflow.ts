import { findTensorflow } from '../../src/models/tfjs/loading/find-tensorflow.js';

/** Whether libtensorflow is installed, wherever the backend would find it. */
export const tensorflowIsThere = findTensorflow().candidates.length > 0;
