import type { PositionDistribution } from './position.js';
import { segmentOf, segmentWidth, sizeOfSegment } from './segments.js';

/** All the mass on one token: a revealed position, or temperature 0. */
export class CertainPosition implements PositionDistribution {
  readonly vocabularySize: number;
  readonly best: number;
  readonly runnerUp = 0;
  readonly entropy = 0;

  constructor(token: number, vocabularySize: number) {
    this.best = token;
    this.vocabularySize = vocabularySize;
  }

  logProbability(token: number): number {
    return token === this.best ? 0 : -Infinity;
  }

  probability(token: number): number {
    return token === this.best ? 1 : 0;
  }

  probabilityOf(segment: number): number {
    return segment === segmentOf(this.best) ? 1 : 0;
  }

  probabilitiesIn(segment: number): Float64Array {
    const probabilities = new Float64Array(sizeOfSegment(segment, this.vocabularySize));
    if (segment === segmentOf(this.best)) probabilities[this.best - segment * segmentWidth] = 1;
    return probabilities;
  }
}
