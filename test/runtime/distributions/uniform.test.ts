import { uniformManifest } from '../../support/context.js';
import { describeDistributions } from './cases.js';

describeDistributions({ ...uniformManifest, vocabularySize: 3, length: 4, blockSizes: null });
