import { absorbingManifest } from '../../support/context.js';
import { describeDistributions } from './cases.js';

describeDistributions({ ...absorbingManifest, vocabularySize: 4, maskId: 3, length: 4, blockSizes: null });
