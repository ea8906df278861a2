import type { NodeDefinition } from '../graph/node-definition.js';
import { ancestralStep } from './ancestral-step.js';
import { denoiseStep } from './denoise-step.js';
export const all: readonly NodeDefinition[] = [denoiseStep, ancestralStep];
