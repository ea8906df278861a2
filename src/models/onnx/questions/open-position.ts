import { argmax } from '../../questions/distribution.js';
import { Lazy } from '../../questions/lazy.js';
import type { RowLogits } from './logits.js';
import type { PositionDistribution } from './position.js';
import { segmentOf, segmentWidth } from './segments.js';

export interface OpenRow {
  readonly logits: RowLogits;
  /** Above 0. */
  readonly temperature: number;
  readonly maskId: number | null;
}

/** What the graphs `sums` and `entropies` give for a row: a number a segment. */
export interface SegmentSums {
  readonly maxima: Float32Array;
  readonly sums: Float32Array;
  readonly moments: Float32Array | null;
  /** Whether the mask was left out of them. */
  readonly withoutMask: boolean;
}

/**
 * The softmax of a row of logits, without the mask id, put together from what a graph computed of its segments. The
 * graphs' sums have single precision, and not all of them know of the mask: its segment then, and the most probable token's,
 * are computed again here, so that small probabilities beside a large one are as exact as others.
 */
export class OpenPosition implements PositionDistribution {
  readonly vocabularySize: number;
  readonly row: OpenRow;
  readonly #given: SegmentSums;
  /** The largest logit of each segment. */
  readonly #maxima: Float64Array;
  readonly #masked: number | null;
  /** The most probable token's segment, and its logit. */
  readonly #top: number;
  readonly #largest: number;
  /** The sum of exp((x - largest) / temperature) over each segment, and over all. */
  readonly #weights: Float64Array;
  readonly #total: number;
  readonly #logTotal: number;
  readonly #entropy = new Lazy(() => this.#logTotal - this.#moment() / this.#total);
  readonly #ranked = new Lazy(() => this.#rank());

  constructor(row: OpenRow, given: SegmentSums) {
    const { logits, maskId } = row;
    this.row = row;
    this.#given = given;
    this.vocabularySize = logits.length;
    this.#masked = maskId === null || given.withoutMask ? null : segmentOf(maskId);
    this.#maxima = maximaWithoutMask(row, given);
    this.#top = argmax(this.#maxima);
    this.#largest = this.#maxima[this.#top] ?? 0;
    this.#weights = new Float64Array(this.#maxima.length);
    let total = 0;
    for (let segment = 0; segment < this.#weights.length; segment += 1) {
      const sum = this.#usable(segment, given.sums);
      const weight = sum === null ? this.#weigh(segment).weight : Math.exp(this.#heightOf(segment)) * sum;
      this.#weights[segment] = weight;
      total += weight;
    }
    this.#total = total;
    this.#logTotal = Math.log(this.#total);
  }

  get best(): number {
    return this.#ranked.value.best;
  }

  get runnerUp(): number {
    return this.#probabilityAt(this.#ranked.value.second);
  }

  get entropy(): number {
    return Math.max(0, this.#entropy.value);
  }

  logProbability(token: number): number {
    const logit = token === this.row.maskId ? -Infinity : this.row.logits.at(token);
    return this.#heightAt(logit) - this.#logTotal;
  }

  probability(token: number): number {
    return Math.exp(this.logProbability(token));
  }

  probabilityOf(segment: number): number {
    return (this.#weights[segment] ?? 0) / this.#total;
  }

  probabilitiesIn(segment: number): Float64Array {
    const values = logitsIn(this.row, segment);
    for (let i = 0; i < values.length; i += 1) values[i] = this.#probabilityAt(values[i] ?? 0);
    return values;
  }

  /** Whether a segment holds the mask, and graphs know nothing of it. */
  hasMask(segment: number): boolean {
    return segment === this.#masked;
  }

  /** log p of a segment's most probable token. */
  largestLogProbability(segment: number): number {
    return this.#heightOf(segment) - this.#logTotal;
  }

  #probabilityAt(logit: number): number {
    return Math.exp(this.#heightAt(logit)) / this.#total;
  }

  /** How far a logit is above the largest of all (so at most 0), over the temperature. */
  #heightAt(logit: number): number {
    return (logit - this.#largest) / this.row.temperature;
  }

  /** The height of a segment's largest logit. */
  #heightOf(segment: number): number {
    return this.#heightAt(this.#maxima[segment] ?? -Infinity);
  }

  /** What a graph gave for a segment; `null` where it has to be computed here. */
  #usable(segment: number, values: Float32Array | null): number | null {
    if (segment === this.#masked || segment === this.#top) return null;
    const value = values?.[segment] ?? NaN;
    return Number.isFinite(value) ? value : null;
  }

  /** The sum of e and of e log e over a segment, where e = exp((x - largest) / temperature). */
  #weigh(segment: number): { weight: number; moment: number } {
    let weight = 0;
    let moment = 0;
    for (const logit of logitsIn(this.row, segment)) {
      const height = this.#heightAt(logit);
      const exponential = Math.exp(height);
      if (exponential === 0) continue;
      weight += exponential;
      moment += exponential * height;
    }
    return { weight, moment };
  }

  /** The sum of e log e over all tokens. */
  #moment(): number {
    let sum = 0;
    for (let segment = 0; segment < this.#weights.length; segment += 1) {
      const moment = this.#usable(segment, this.#given.moments);
      const height = this.#heightOf(segment);
      const exponential = Math.exp(height);
      if (moment === null) sum += this.#weigh(segment).moment;
      else if (exponential > 0) sum += exponential * moment + (this.#weights[segment] ?? 0) * height;
    }
    return sum;
  }

  /** The most probable token, and the logit of the second. */
  #rank(): { best: number; second: number } {
    const inside = logitsIn(this.row, this.#top);
    const index = argmax(inside);
    inside[index] = -Infinity;
    const others = this.#maxima.with(this.#top, -Infinity);
    return { best: this.#top * segmentWidth + index, second: Math.max(largestOf(inside), largestOf(others)) };
  }
}

/** The most probable token from the maxima of a row's segments, the lowest id among equals. */
export function mostProbableToken(row: OpenRow, given: Pick<SegmentSums, 'maxima' | 'withoutMask'>): number {
  const top = argmax(maximaWithoutMask(row, given));
  return top * segmentWidth + argmax(logitsIn(row, top));
}

function maximaWithoutMask(row: OpenRow, given: Pick<SegmentSums, 'maxima' | 'withoutMask'>): Float64Array {
  const maxima = new Float64Array(given.maxima);
  if (row.maskId === null || given.withoutMask) return maxima;
  const masked = segmentOf(row.maskId);
  maxima[masked] = largestOf(logitsIn(row, masked));
  return maxima;
}

const largestOf = (values: Float64Array): number => values[argmax(values)] ?? -Infinity;

/** A copy of the logits of a segment; the mask's is -Infinity. */
function logitsIn({ logits, maskId }: OpenRow, segment: number): Float64Array {
  const inside = new Float64Array(logits.segment(segment));
  if (maskId !== null && segmentOf(maskId) === segment) inside[maskId - segment * segmentWidth] = -Infinity;
  return inside;
}
