import { match } from 'ts-pattern';
import type { Answers, Divergence, Drawn, Question, TokenScore, Uncertainty } from '../../../graph/effects.js';
import { notFinite } from '../../calls/raw.js';
import type { QuestionAbout } from '../../questions/answer.js';
import { refuseOtherShape } from '../../questions/divergence.js';
import { noisyBlock, onePerPosition } from '../../questions/fit.js';
import { posteriorInOwn, refuseAlphas, type AlphaStep } from '../../questions/posterior.js';
import { inverseCdf } from '../../questions/sampling.js';
import { scored } from '../../questions/token-score.js';
import type { Layout } from './layout.js';
import { plainDraw, posteriorDraw } from './draw.js';
import type { OnDevice } from './prediction.js';
import type { Reading, Round } from './round.js';
import { callsOf, certainAt, positionsOf, type At, type Source } from './source.js';

type Answer = Answers[Question['ask']];

/** What the round will have to say of one position. */
type Later<T> = () => T;

interface DrawnAt {
  readonly token: number;
  readonly probability: number;
}

/** What is known of a model whose predictions are asked. */
export interface Asked extends Pick<Layout, 'vocabularySize'> {
  readonly maskId: number | null;
}

/**
 * Has a round find out what a question wants to know; gives what answers it when that has been read. Positions at which a token is
 * certain beforehand are none of the device's business. Throws an `Error` when the question does not fit its prediction; the answer
 * throws one when logits of its predictions are not finite, or were computed while the device refused something.
 */
export function planQuestion(question: QuestionAbout<OnDevice>, round: Round, model: Asked): Later<Answer> {
  const { source, noisy } = question.prediction;
  const calls = (question.ask === 'divergence' ? [source, question.other.source] : [source]).flatMap(callsOf);
  for (const { pass } of calls) pass.requireSound();
  const each = <T>(values: readonly T[], what: string) => onePerPosition(question, values, what, positionsOf(source));
  const finish = match<QuestionAbout<OnDevice>, Later<Answer>>(question)
    .with({ ask: 'sample' }, ({ uniforms }) => {
      each(uniforms, 'uniforms');
      return drawn(eachOf(source, (at, position) => drawAt(round, at, uniforms[position] ?? 0)));
    })
    .with({ ask: 'argmax' }, () =>
      drawn(eachOf(source, (at) => certainly(at) ?? tokenRead(round.mostProbable.ask(at, null)))),
    )
    .with({ ask: 'posterior' }, ({ alphaT, alphaS, sigma, uniforms }) => {
      const block = noisyBlock(noisy);
      const step = { alphaT, alphaS, sigma: sigma && each(sigma, 'values of sigma') };
      each(uniforms, 'uniforms');
      refuseAlphas(step);
      return drawn(
        eachOf(source, (at, position) =>
          posteriorAt(round, model, at, block[position] ?? 0, step, uniforms[position] ?? 0),
        ),
      );
    })
    .with({ ask: 'uncertainty' }, ({ measure }) => all(eachOf(source, (at) => uncertaintyAt(round, at, measure))))
    .with({ ask: 'token-score' }, ({ tokens, measure }) => {
      each(tokens, 'tokens');
      return all(eachOf(source, (at, position) => scoreAt(round, model, at, tokens[position] ?? -1, measure)));
    })
    .with({ ask: 'divergence' }, ({ other, measure }) => {
      const covered = (of: Source) => ({ positions: positionsOf(of), vocabularySize: model.vocabularySize });
      refuseOtherShape(covered(source), covered(other.source));
      return all(
        eachOf(source, (at, position) => divergenceAt(round, at, { source: other.source, position }, measure)),
      );
    })
    .exhaustive();
  for (const { pass } of calls) round.watch(pass);
  return () => {
    for (const { pass, first, start, revealed } of calls) {
      pass.requireSound();
      const odd = pass.firstOdd(first, revealed.length);
      if (odd >= 0) throw notFinite(start + odd);
    }
    return finish();
  };
}

const eachOf = <T>(source: Source, ask: (at: At, position: number) => Later<T>): Later<T>[] =>
  Array.from({ length: positionsOf(source) }, (_, position) => ask({ source, position }, position));

const all =
  <T>(positions: readonly Later<T>[]): Later<T[]> =>
  () =>
    positions.map((position) => position());

const drawn =
  (positions: readonly Later<DrawnAt>[]): Later<Drawn> =>
  () => {
    const found = all(positions)();
    return { tokens: found.map(({ token }) => token), probabilities: found.map(({ probability }) => probability) };
  };

/** A position at which a token is certain; `null` elsewhere. */
function certainly({ source, position }: At): Later<DrawnAt> | null {
  const token = certainAt(source, position);
  return token === null ? null : () => ({ token, probability: 1 });
}

const tokenRead =
  (reading: Reading): Later<DrawnAt> =>
  () => {
    const [token = NaN, probability = NaN] = reading();
    return { token, probability };
  };

const numberRead =
  (reading: Reading, from: (...numbers: readonly number[]) => number): Later<number> =>
  () =>
    from(...reading());

const drawAt = (round: Round, at: At, uniform: number): Later<DrawnAt> =>
  certainly(at) ?? tokenRead(round.draws.ask(at, plainDraw(uniform)));

function posteriorAt(
  round: Round,
  { vocabularySize, maskId }: Asked,
  at: At,
  token: number,
  step: AlphaStep,
  uniform: number,
): Later<DrawnAt> {
  const sigma = step.sigma?.[at.position] ?? 0;
  const posterior = posteriorInOwn(token, vocabularySize, maskId, step, sigma);
  const { share, peaks } = posterior;
  const own = certainAt(at.source, at.position);
  if (own !== null) {
    // Under absorbing noise what is certain stays, or is masked again: there is nothing to draw from but the peaks.
    const inOrder = [...peaks].sort((a, b) => a.token - b.token);
    const weights = Float64Array.from(inOrder, ({ weight }) => weight.constant);
    const found = inOrder[inverseCdf(weights, uniform)]?.token ?? own;
    return () => ({ token: found, probability: found === own ? 1 : 0 });
  }
  // A mask behind all other tokens stays wherever they do not take up as much as the uniform.
  if (token === maskId && maskId === vocabularySize - 1 && uniform >= share.constant) {
    return () => ({ token, probability: 0 });
  }
  return tokenRead(round.draws.ask(at, posteriorDraw(posterior, token, uniform)));
}

function uncertaintyAt(round: Round, at: At, measure: Uncertainty): Later<number> {
  const isCertain = certainAt(at.source, at.position) !== null;
  return match(measure)
    .with('entropy', () => (isCertain ? () => 0 : numberRead(round.entropies.ask(at, null), (value = NaN) => value)))
    .with('confidence', () => (isCertain ? () => -1 : numberRead(round.highest.ask(at, null), (p = NaN) => -p)))
    .with('margin', () =>
      isCertain ? () => -1 : numberRead(round.highestTwo.ask(at, null), (first = NaN, second = NaN) => second - first),
    )
    .exhaustive();
}

function scoreAt(round: Round, { vocabularySize }: Asked, at: At, token: number, measure: TokenScore): Later<number> {
  if (measure === 'entropy') return uncertaintyAt(round, at, 'entropy');
  const own = certainAt(at.source, at.position);
  const known = token >= 0 && token < vocabularySize;
  const score = (log: number, best: number): number =>
    match(measure)
      .with('nll', () => -scored(log))
      .with('gap_to_top1', () => best - scored(log))
      .with('confidence', () => -Math.exp(log))
      .exhaustive();
  if (own !== null) return () => score(own === token ? 0 : -Infinity, 0);
  return numberRead(round.logs.ask(at, known ? token : 0), (log = NaN, best = NaN) =>
    score(known ? log : -Infinity, best),
  );
}

const divergenceAt = (round: Round, at: At, other: At, measure: Divergence): Later<number> =>
  numberRead(
    match(measure)
      .with('kld', () => round.kullbackLeibler.ask(at, other))
      .with('reverse_kld', () => round.kullbackLeibler.ask(other, at))
      .with('tvd', () => round.totalVariation.ask(at, other))
      .exhaustive(),
    (value = NaN) => value,
  );
