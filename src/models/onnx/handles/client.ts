import type { Answers, Question } from '../../../graph/effects.js';
import { failed, type Settled } from '../../denoiser.js';
import type {
  EngineAsk,
  EngineCall,
  EngineQuestion,
  EngineReply,
  EngineUsage,
  ForwardOutcome,
  Transport,
} from '../engine/protocol.js';
import { Outbox } from './outbox.js';

/** Asks an engine, and lets what happened to handles travel along with the questions. */
export class EngineClient {
  readonly outbox: Outbox;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    // An engine that is gone needs no releases.
    this.outbox = new Outbox(() => void this.usage().catch(() => undefined));
  }

  async forward(calls: readonly EngineCall[]): Promise<ForwardOutcome> {
    const reply = await this.#send({ request: 'forward', calls });
    return reply.request === 'forward' ? reply.value : misplaced(reply);
  }

  /** Never rejects: where the engine cannot be asked, all questions settle with that error. */
  async answer(questions: readonly EngineQuestion[]): Promise<readonly Settled<Answers[Question['ask']]>[]> {
    try {
      const reply = await this.#send({ request: 'answer', questions });
      const outcomes = reply.request === 'answer' ? reply.value : misplaced(reply);
      return outcomes.map((outcome) => (outcome.ok ? outcome : failed(new Error(outcome.message))));
    } catch (error) {
      return questions.map(() => failed(error));
    }
  }

  async logits(prediction: number): Promise<Float32Array> {
    const reply = await this.#send({ request: 'logits', prediction });
    return reply.request === 'logits' ? reply.value : misplaced(reply);
  }

  async usage(): Promise<EngineUsage> {
    const reply = await this.#send({ request: 'usage' });
    return reply.request === 'usage' ? reply.value : misplaced(reply);
  }

  dispose(): Promise<void> {
    this.outbox.take();
    return this.#transport.dispose();
  }

  /** What cannot be sent (a function in a question) must not take along what happened to the handles of others. */
  #send(request: EngineAsk): Promise<EngineReply> {
    const changes = this.outbox.take();
    try {
      return this.#transport.send({ ...request, changes });
    } catch (error) {
      this.outbox.putBack(changes);
      throw error;
    }
  }
}

function misplaced({ request }: EngineReply): never {
  throw new Error(`an engine gave the reply to another request (${request})`);
}
