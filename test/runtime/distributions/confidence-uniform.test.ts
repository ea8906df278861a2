import { uniform, describeConfidence } from './confidence.js';

describeConfidence(uniform);
