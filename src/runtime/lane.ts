import type { AnswerTo, ForwardReply, Question } from '../graph/effects.js';
import type { NodeContext, NodeEvent } from '../graph/node-definition.js';
import type { Canvas } from '../graph/values.js';
import type { Denoiser, Settled } from '../models/denoiser.js';
import { NodeError } from './failure.js';
import { Flow } from './flow.js';
import type { AnyFiring, Asker, LaneListener, Outbox, Waiting, WaitingForward, WaitingQuestion } from './outbox.js';
import type { PlanUnit } from './plan.js';
import type { Prepared } from './prepared.js';
import { uniforms, type StreamKey } from './random.js';
import { releaseAll, Slots, type PortValue } from './slots.js';

type Outputs = Readonly<Record<string, PortValue>>;

const noKey: StreamKey = { low: 0, high: 0 };

/**
 * One row of a run: fires nodes when all their inputs are there. A node fires once for each iteration of the
 * loops that it is in. Everything here is synchronous; what needs the model goes to an outbox.
 */
export class Lane implements Asker {
  readonly row: number;
  readonly listener: LaneListener;
  /** Forwards that this row took part in. */
  readonly nfe = { diffusion: 0, ar: 0 };
  status: 'running' | 'finished' | 'failed' | 'cancelled' = 'running';
  /** The canvas of the graph's output, once finished. */
  canvas: Canvas;
  private readonly prepared: Prepared;
  private readonly slots: Slots;
  private readonly flow: Flow;
  private inFlight = 0;
  private firingNode: PlanUnit | null = null;
  private drawn = 0;
  private readonly context: NodeContext;

  constructor(prepared: Prepared, denoiser: Denoiser, row: number, canvas: Canvas, listener: LaneListener) {
    const { plan } = prepared;
    this.prepared = prepared;
    this.row = row;
    this.canvas = canvas;
    this.listener = listener;
    this.slots = new Slots(plan);
    this.flow = new Flow(prepared, this.slots);
    this.context = {
      manifest: denoiser.manifest,
      uniforms: (count) => this.uniforms(count),
      openCache: () => denoiser.openCache(),
    };
    for (const { kind, value } of plan.inputs) {
      this.slots.put(value, kind === 'cache' ? denoiser.openCache() : canvas);
    }
  }

  /** Whether a node can fire without waiting for the model. */
  get hasWork(): boolean {
    return this.status === 'running' && this.flow.hasWork;
  }

  /** Fires what can be fired, at most `most` firings; what needs the model goes to `outbox`. */
  settle(outbox: Outbox, most: number): void {
    for (let fired = 0; fired < most && this.hasWork; fired++) {
      const node = this.flow.next();
      if (node !== null) this.fire(node, outbox);
    }
    if (this.status === 'running' && this.flow.ended) this.end();
  }

  receiveReply(waiting: WaitingForward, reply: Settled<ForwardReply>): void {
    this.inFlight--;
    if (this.status !== 'running') {
      if (reply.ok) releaseAll([reply.value.prediction, reply.value.cache]);
      this.clearWhenIdle();
      return;
    }
    if (!reply.ok) {
      this.fail(waiting.node, reply.error);
      return;
    }
    this.nfe[waiting.call.call === 'denoise' ? 'diffusion' : 'ar']++;
    const { definition, firing, node } = waiting;
    let outputs: Outputs = {};
    this.resume(waiting, () => {
      outputs = definition.complete({ ...firing, reply: reply.value });
      this.finishUnit(node, outputs);
      this.observe(node, definition.observe?.({ ...firing, outputs, answer: undefined }));
    });
    // What the node does not hand on is nobody's any more.
    const kept = Object.values(outputs);
    releaseAll([reply.value.prediction, reply.value.cache].filter((handle) => !kept.includes(handle)));
  }

  receiveAnswer(waiting: WaitingQuestion, answer: Settled<AnswerTo<Question>>): void {
    this.inFlight--;
    if (this.status !== 'running') {
      this.clearWhenIdle();
      return;
    }
    if (!answer.ok) {
      this.fail(waiting.node, answer.error);
      return;
    }
    const { definition, firing, node } = waiting;
    this.resume(waiting, () => {
      const outputs = definition.complete({ ...firing, answer: answer.value });
      this.finishUnit(node, outputs);
      this.observe(node, definition.observe?.({ ...firing, outputs, answer: answer.value }));
    });
  }

  get wanting(): boolean {
    return this.status === 'running';
  }

  abandon(): void {
    this.inFlight--;
    this.clearWhenIdle();
  }

  /** Stops the row. Handles that a forward under way still uses go when it is back. */
  cancel(): void {
    if (this.status !== 'running') return;
    this.status = 'cancelled';
    this.clearWhenIdle();
  }

  private fire(node: PlanUnit, outbox: Outbox): void {
    const { definition, inputNames, inputSlots } = node;
    const inputs: Record<string, PortValue> = {};
    for (let i = 0; i < inputNames.length; i++) {
      const value = this.slots.get(inputSlots[i] ?? -1);
      if (value !== undefined) inputs[inputNames[i] ?? ''] = value;
    }
    const firing: AnyFiring = { inputs, params: this.prepared.params[node.index] ?? {}, context: this.context };
    this.firingNode = node;
    this.drawn = 0;
    try {
      if ('step' in definition) {
        const outputs = definition.step(firing);
        this.finishUnit(node, outputs);
        this.observe(node, definition.observe?.({ ...firing, outputs, answer: undefined }));
        return;
      }
      if ('forward' in definition) {
        const call = definition.forward(firing);
        outbox.forwards.push({ lane: this, node, definition, firing, call, drawn: this.drawn });
      } else {
        const question = definition.ask(firing);
        outbox.questions.push({ lane: this, node, definition, firing, question, drawn: this.drawn });
      }
      this.inFlight++;
    } catch (error) {
      this.fail(node, error);
    }
  }

  /** Goes on with a firing that waited, its random stream where it stopped. */
  private resume(waiting: Waiting, work: () => void): void {
    this.firingNode = waiting.node;
    this.drawn = waiting.drawn;
    try {
      work();
    } catch (error) {
      this.fail(waiting.node, error);
    }
  }

  private finishUnit(node: PlanUnit, outputs: Outputs): void {
    const { outputNames, outputSlots } = node;
    for (const name of outputNames) {
      if (outputs[name] === undefined) {
        releaseAll(Object.values(outputs));
        throw new Error(`its step gave no value for the output "${name}"`);
      }
    }
    for (let i = 0; i < outputNames.length; i++) {
      const value = outputs[outputNames[i] ?? ''];
      if (value !== undefined) this.slots.put(outputSlots[i] ?? -1, value);
    }
    this.flow.finish(node);
  }

  private observe(node: PlanUnit, event: NodeEvent | undefined): void {
    if (event !== undefined) this.listener.observed(this.row, node.path, event);
  }

  private end(): void {
    for (const { name, value } of this.prepared.plan.outputs) {
      const canvas = this.slots.get(value);
      if (name === 'canvas' && typeof canvas === 'object' && 'promptLength' in canvas) this.canvas = canvas;
    }
    this.status = 'finished';
    this.slots.clear();
    this.listener.finished();
  }

  private fail(node: PlanUnit, cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    const tag = this.flow.tagOf(node);
    this.status = 'failed';
    this.clearWhenIdle();
    this.listener.failed(
      new NodeError({ message, row: this.row, node: node.path, kind: node.definition.kind, tag }, cause),
    );
  }

  private clearWhenIdle(): void {
    if (this.inFlight === 0) this.slots.clear();
  }

  private uniforms(count: number): readonly number[] {
    const node = this.firingNode;
    if (node === null) throw new Error('uniforms are to be had only while a node fires');
    const key = this.prepared.keys[node.index] ?? noKey;
    const drawn = uniforms(key, this.row, this.flow.iterationsAt(node), this.drawn, count);
    // Draws come in groups of four words; the next draw begins with a fresh group.
    this.drawn += Math.ceil(count / 4) * 4;
    return drawn;
  }
}
