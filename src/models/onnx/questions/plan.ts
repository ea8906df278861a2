import { match } from 'ts-pattern';
import type { Answers, Divergence, Question } from '../../../graph/effects.js';
import { refuseOtherShape } from '../../questions/divergence.js';
import { noisyBlock, onePerPosition } from '../../questions/fit.js';
import type { QuestionAbout } from '../../questions/answer.js';
import { mostProbable, sample, samplePosterior, tokenScore, uncertainty } from './answers.js';
import { pairMeasures, type PairMeasure } from './divergence.js';
import type { PositionDistribution } from './position.js';
import type { Detail } from './raw-positions.js';
import type { SegmentedPrediction } from './segmented-prediction.js';

type Answer = Answers[Question['ask']];

/** A prediction that graphs can look at. */
export interface RawSubject {
  readonly raw: SegmentedPrediction;
  readonly noisy: readonly number[] | null;
}

/** Two predictions that a question compares, at all their positions. */
export interface RawPair {
  readonly p: SegmentedPrediction;
  readonly q: SegmentedPrediction;
  readonly measure: PairMeasure;
}

/** What graphs found out about predictions; throws what kept them from it. */
export interface Findings {
  /** Of the calls that plans need whole. */
  logits(raw: SegmentedPrediction): Float32Array;
  positions(raw: SegmentedPrediction): readonly PositionDistribution[];
  /** At each position; may look at segments. */
  divergence(pair: RawPair): readonly number[];
}

/** What has to be found out before a question can be answered, and how it is answered then. */
export interface Plan {
  readonly details: readonly (readonly [SegmentedPrediction, Detail])[];
  readonly pair: RawPair | null;
  /** Calls whose logits have to be on the host, all of them. */
  readonly whole: readonly SegmentedPrediction[];
  answer(findings: Findings): Answer;
}

/** Throws an `Error` when the question does not fit its prediction. */
export function planQuestion(question: QuestionAbout<RawSubject>): Plan {
  const { raw, noisy } = question.prediction;
  const each = <T>(values: readonly T[], what: string) => onePerPosition(question, values, what, raw.revealed.length);
  const about = (detail: Detail, answer: (positions: readonly PositionDistribution[]) => Answer): Plan => ({
    details: [[raw, detail]],
    pair: null,
    whole: [],
    answer: (findings) => answer(findings.positions(raw)),
  });
  const detailFor = (measure: string): Detail => (measure === 'entropy' ? 'entropies' : 'probabilities');
  return match(question)
    .returnType<Plan>()
    .with({ ask: 'sample' }, ({ uniforms }) => {
      each(uniforms, 'uniforms');
      return about('probabilities', (positions) => sample(positions, uniforms));
    })
    .with({ ask: 'argmax' }, () => about('probabilities', mostProbable))
    .with({ ask: 'posterior' }, ({ alphaT, alphaS, sigma, uniforms }) => {
      const block = noisyBlock(noisy);
      const step = { alphaT, alphaS, sigma: sigma && each(sigma, 'values of sigma') };
      each(uniforms, 'uniforms');
      return about('probabilities', (positions) => samplePosterior(positions, block, raw.maskId, step, uniforms));
    })
    .with({ ask: 'uncertainty' }, ({ measure }) =>
      about(detailFor(measure), (positions) => uncertainty(positions, measure)),
    )
    .with({ ask: 'token-score' }, ({ tokens, measure }) => {
      each(tokens, 'tokens');
      return about(detailFor(measure), (positions) => tokenScore(positions, tokens, measure));
    })
    .with({ ask: 'divergence' }, ({ other, measure }) => {
      const pair = pairOf(raw, other.raw, measure);
      return { details: detailsOf(pair), pair, whole: [], answer: (findings) => findings.divergence(pair) };
    })
    .exhaustive();
}

function pairOf(raw: SegmentedPrediction, other: SegmentedPrediction, divergence: Divergence): RawPair {
  refuseOtherShape(covered(raw), covered(other));
  const { measure, reversed } = pairMeasures[divergence];
  return reversed ? { p: other, q: raw, measure } : { p: raw, q: other, measure };
}

const covered = ({ revealed, vocabularySize }: SegmentedPrediction) => ({ positions: revealed.length, vocabularySize });

/** What has to be known of both sides of a pair. Where q is certain, KL(p || q) takes the entropy of p. */
function detailsOf({ p, q, measure }: RawPair): [SegmentedPrediction, Detail][] {
  const certain = q.temperature === 0 || q.revealed.some((token) => token !== null);
  const entropies = certain && measure === 'kullback-leibler';
  return [
    [p, entropies ? 'entropies' : 'probabilities'],
    [q, 'probabilities'],
  ];
}
