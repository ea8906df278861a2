import type { AnswerTo, ForwardReply, ModelCall, Question } from '../graph/effects.js';
import type { Firing, ForwardNode, Ports, QuestionNode } from '../graph/node-definition.js';
import type { ParamSpecs } from '../graph/params.js';
import type { Canvas } from '../graph/values.js';
import type { Settled } from '../models/denoiser.js';
import type { Observed } from './events.js';
import type { NodeError } from './failure.js';
import type { PlanUnit } from './plan.js';

export type AnyFiring = Firing<Ports, ParamSpecs>;

/** Who asks something of a model: a lane. */
export interface Asker {
  readonly row: number;
  readonly listener: LaneListener;
  /** Whether it still wants what it asked for. */
  readonly wanting: boolean;
  receiveReply(waiting: WaitingForward, reply: Settled<ForwardReply>): void;
  receiveAnswer(waiting: WaitingQuestion, answer: Settled<AnswerTo<Question>>): void;
  /** Something that it asked was not passed on, because it does not want it any more. */
  abandon(): void;
}

/** A node that waits for the model. */
export interface Waiting {
  readonly lane: Asker;
  readonly node: PlanUnit;
  readonly firing: AnyFiring;
  /** Uniforms that the firing has drawn so far. */
  readonly drawn: number;
}

export interface WaitingForward extends Waiting {
  readonly definition: ForwardNode;
  readonly call: ModelCall;
}

export interface WaitingQuestion extends Waiting {
  readonly definition: QuestionNode;
  readonly question: Question;
}

/** What the lanes of one round ask of a model. */
export interface Outbox {
  readonly forwards: WaitingForward[];
  readonly questions: WaitingQuestion[];
}

/** A round of forwards in which lanes of one listener took part. */
export interface ForwardRound {
  readonly own: readonly WaitingForward[];
  /** Calls in the whole round, those of other runs included. */
  readonly batch: number;
  readonly milliseconds: number;
}

/** What is left of a lane when it is over. */
export interface FinishedLane {
  readonly row: number;
  readonly canvas: Canvas;
}

/** Who hears of what happens in a lane. */
export interface LaneListener {
  /** Called when a row has a forward ready; it may end the row. */
  called(): void;
  /** Called before the replies are handed out. */
  forwarded(round: ForwardRound): void;
  observed(row: number, node: string, event: Observed): void;
  finished(lane: FinishedLane): void;
  failed(error: NodeError): void;
}
