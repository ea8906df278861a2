import { absorbingManifest } from '../../support/context.js';
import { describeRemasking } from './remasking.js';

describeRemasking({ ...absorbingManifest, vocabularySize: 4, maskId: 3, length: 4, blockSizes: null });
