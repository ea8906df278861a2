import { absorbing, describeConfidence } from './confidence.js';

describeConfidence(absorbing);
