import type { Answers, Question } from '../../../graph/effects.js';
import { failed, settle, type Settled } from '../../denoiser.js';
import { answerQuestion } from '../../questions/answer.js';
import type { OnnxRuntime } from '../runtime.js';
import type { Answerer, HeldPrediction, HeldQuestion } from './answerer.js';
import { baseOf, HeldPredictions } from './held.js';
import { comparePairs } from './pairs.js';
import { planQuestion, type Findings, type Plan, type RawSubject } from './plan.js';
import { RawPositions, type Detail } from './raw-positions.js';
import { SegmentReducer } from './reducer.js';
import { graphsWorthFrom, isPrecise, type SegmentedPrediction } from './segments.js';

export interface AnswererOptions {
  readonly vocabularySize: number;
  /** That a graph runs with. */
  readonly threads: number;
  /** The smallest vocabulary that graphs look at. */
  readonly graphsFrom?: number;
}

/** Answers by graphs where they can, and by the host's functions elsewhere. Sessions are made when first needed. */
export function createAnswerer(runtime: OnnxRuntime, options: AnswererOptions): Promise<Answerer> {
  return Promise.resolve(new GraphAnswerer(runtime, options));
}

type Answer = Answers[Question['ask']];

class GraphAnswerer implements Answerer {
  readonly #held = new HeldPredictions();
  readonly #reducer: SegmentReducer;
  readonly #positions: RawPositions;
  readonly #usesGraphs: boolean;

  constructor(runtime: OnnxRuntime, { vocabularySize, threads, graphsFrom = graphsWorthFrom }: AnswererOptions) {
    this.#reducer = new SegmentReducer(runtime, vocabularySize, threads);
    this.#positions = new RawPositions(this.#reducer);
    this.#usesGraphs = vocabularySize >= graphsFrom;
  }

  async answer(questions: readonly HeldQuestion[]): Promise<readonly Settled<Answer>[]> {
    const plans = questions.map((question) => settle(() => this.#plan(question)));
    const findings = await this.#find(plans.flatMap((plan) => (plan.ok ? [plan.value] : [])));
    return plans.map((plan) => (plan.ok ? settle(() => plan.value.answer(findings)) : plan));
  }

  dispose(): Promise<void> {
    return this.#reducer.dispose();
  }

  #plan(question: HeldQuestion): Plan {
    const raw = this.#byGraphs(question.prediction);
    if (raw !== null && question.ask !== 'divergence') return planQuestion({ ...question, prediction: raw });
    if (raw !== null && question.ask === 'divergence') {
      const other = this.#byGraphs(question.other);
      if (other !== null) return planQuestion({ ...question, prediction: raw, other });
    }
    const { maskId } = baseOf(question.prediction).raw;
    const answer = () => answerQuestion(question, maskId, (held) => this.#held.onHost(held));
    return { details: [], pair: null, answer };
  }

  /** What graphs look at for a prediction; `null` where only the host can. */
  #byGraphs(held: HeldPrediction): RawSubject | null {
    const raw = this.#usesGraphs ? this.#held.raw(held) : null;
    if (raw === null) return null;
    return isPrecise(raw.temperature) ? { raw, noisy: baseOf(held).noisy } : null;
  }

  async #find(plans: readonly Plan[]): Promise<Findings> {
    const details = new Map<SegmentedPrediction, Detail>();
    for (const [raw, detail] of plans.flatMap((plan) => plan.details)) {
      if (details.get(raw) !== 'entropies') details.set(raw, detail);
    }
    try {
      await this.#positions.provide(details);
      const pairs = plans.flatMap(({ pair }) => pair ?? []);
      const divergences = await comparePairs(this.#reducer, this.#positions, pairs);
      return { positions: (raw) => this.#positions.of(raw), divergence: (pair) => divergences.get(pair) ?? [] };
    } catch (cause) {
      const refuse = () => {
        throw failed(cause).error;
      };
      return { positions: refuse, divergence: refuse };
    }
  }
}
