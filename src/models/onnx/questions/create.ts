import type { Answers, Question } from '../../../graph/effects.js';
import { failed, settle, type Settled } from '../../denoiser.js';
import { answerQuestion } from '../../questions/answer.js';
import type { OnnxRuntime } from '../runtime.js';
import type { Answerer, HeldPrediction, HeldQuestion } from './answerer.js';
import { HeldPredictions } from './held.js';
import { hostLogits, type LogitsSource } from './logits.js';
import { comparePairs } from './pairs.js';
import { planQuestion, type Findings, type Plan, type RawSubject } from './plan.js';
import { RawPositions, type Detail } from './raw-positions.js';
import { SegmentReducer, type Reducer } from './reducer.js';
import { graphsWorthFrom, isPrecise } from './segments.js';
import type { SegmentedPrediction } from './segmented-prediction.js';

export interface AnswererOptions {
  readonly vocabularySize: number;
  /** That a graph runs with. */
  readonly threads: number;
  /** The smallest vocabulary that graphs look at. */
  readonly graphsFrom?: number;
}

/** Answers by graphs where they can, and by the host's functions elsewhere. Sessions are made when first needed. */
export function createAnswerer(
  runtime: OnnxRuntime,
  { vocabularySize, threads, graphsFrom = graphsWorthFrom }: AnswererOptions,
): Promise<Answerer> {
  const reducer = new SegmentReducer(runtime, vocabularySize, threads);
  return Promise.resolve(new GraphAnswerer(reducer, hostLogits, vocabularySize >= graphsFrom));
}

type Answer = Answers[Question['ask']];

/** Answers from what a reducer computes and the segments that decide, which come from a source. */
export class GraphAnswerer implements Answerer {
  readonly #held = new HeldPredictions();
  readonly #reducer: Reducer;
  readonly #source: LogitsSource;
  readonly #positions: RawPositions;
  readonly #usesGraphs: boolean;

  constructor(reducer: Reducer, source: LogitsSource, usesGraphs: boolean) {
    this.#reducer = reducer;
    this.#source = source;
    this.#positions = new RawPositions(reducer);
    this.#usesGraphs = usesGraphs;
  }

  async answer(questions: readonly HeldQuestion[]): Promise<readonly Settled<Answer>[]> {
    const plans = questions.map((question) => settle(() => this.#plan(question)));
    const findings = await this.#find(plans.flatMap((plan) => (plan.ok ? [plan.value] : [])));
    const answers = plans.map((plan) => (plan.ok ? this.#attempt(plan.value, findings) : plan));
    try {
      while (this.#source.missing > 0) {
        await this.#source.fetch();
        plans.forEach((plan, index) => {
          if (plan.ok && answers[index] === null) answers[index] = this.#attempt(plan.value, findings);
        });
      }
    } catch (cause) {
      return answers.map((answer) => answer ?? failed(cause));
    }
    return answers.map((answer) => answer ?? failed(new Error('a question was left without an answer')));
  }

  async logits({ logits }: SegmentedPrediction): Promise<Float32Array> {
    return (await this.#source.read(logits)).slice();
  }

  dispose(): Promise<void> {
    return this.#reducer.dispose();
  }

  /** `null` where it looked at segments that are not on the host yet. */
  #attempt(plan: Plan, findings: Findings): Settled<Answer> | null {
    const before = this.#source.missing;
    const answer = settle(() => plan.answer(findings));
    return this.#source.missing > before ? null : answer;
  }

  #plan(question: HeldQuestion): Plan {
    const raw = this.#byGraphs(question.prediction);
    if (raw !== null && question.ask !== 'divergence') return planQuestion({ ...question, prediction: raw });
    if (raw !== null && question.ask === 'divergence') {
      const other = this.#byGraphs(question.other);
      if (other !== null) return planQuestion({ ...question, prediction: raw, other });
    }
    const { maskId } = this.#held.base(question.prediction).raw;
    const about = question.ask === 'divergence' ? [question.prediction, question.other] : [question.prediction];
    return {
      details: [],
      pair: null,
      whole: about.flatMap((held) => this.#held.callsFor(held)),
      answer: (findings) =>
        answerQuestion(question, maskId, (held) => this.#held.onHost(held, (raw) => findings.logits(raw))),
    };
  }

  /** What graphs look at for a prediction; `null` where only the host can. */
  #byGraphs(held: HeldPrediction): RawSubject | null {
    const raw = this.#usesGraphs ? this.#held.raw(held) : null;
    if (raw === null) return null;
    return isPrecise(raw.temperature) ? { raw, noisy: this.#held.base(held).noisy } : null;
  }

  async #find(plans: readonly Plan[]): Promise<Findings> {
    return { ...(await this.#read(plans)), ...(await this.#reduce(plans)) };
  }

  async #read(plans: readonly Plan[]): Promise<Pick<Findings, 'logits'>> {
    try {
      const whole = new Map<SegmentedPrediction, Float32Array>();
      for (const raw of new Set(plans.flatMap((plan) => plan.whole))) {
        whole.set(raw, await this.#source.read(raw.logits));
      }
      return { logits: (raw) => whole.get(raw) ?? raw.logits.values() };
    } catch (cause) {
      return { logits: refusal(cause) };
    }
  }

  async #reduce(plans: readonly Plan[]): Promise<Pick<Findings, 'positions' | 'divergence'>> {
    const details = new Map<SegmentedPrediction, Detail>();
    for (const [raw, detail] of plans.flatMap((plan) => plan.details)) {
      if (details.get(raw) !== 'entropies') details.set(raw, detail);
    }
    try {
      await this.#positions.provide(details);
      const pairs = plans.flatMap(({ pair }) => pair ?? []);
      const divergences = await comparePairs(this.#reducer, this.#positions, pairs);
      return {
        positions: (raw) => this.#positions.of(raw),
        divergence: (pair) => divergences.get(pair)?.() ?? [],
      };
    } catch (cause) {
      return { positions: refusal(cause), divergence: refusal(cause) };
    }
  }
}

/** What throws what went wrong before. */
const refusal = (cause: unknown) => (): never => {
  throw failed(cause).error;
};
