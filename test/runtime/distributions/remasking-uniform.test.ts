import { uniformManifest } from '../../support/context.js';
import { describeRemasking } from './remasking.js';

describeRemasking({ ...uniformManifest, vocabularySize: 3, length: 4, blockSizes: null });
