import type { AnswerTo, ForwardReply, Question } from '../graph/effects.js';
import type { NodeContext, NodeEvent } from '../graph/node-definition.js';
import type { Canvas } from '../graph/values.js';
import type { Denoiser, Settled } from '../models/denoiser.js';
import { Borrowed } from './borrowed.js';
import { checkLengths } from './check-lengths.js';
import { Committed } from './committed.js';
import type { Observed } from './events.js';
import { NodeError } from './failure.js';
import { Flow } from './flow.js';
import type { AnyFiring, Asker, LaneListener, Outbox, Waiting, WaitingForward, WaitingQuestion } from './outbox.js';
import type { PlanUnit } from './plan.js';
import type { Prepared } from './prepared.js';
import { checkCall, checkOutputs, checkQuestion, isCanvas, releaseHandles, valuesIn } from './port-check.js';
import { uniforms } from './random.js';
import { isSource, type RowStart } from './rows.js';
import { Slots } from './slots.js';

/**
 * One row of a run: fires nodes when all their inputs are there. A node fires once for each iteration of the
 * loops that it is in. Everything here is synchronous; what needs the model goes to an outbox.
 */
export class Lane implements Asker {
  readonly row: number;
  readonly listener: LaneListener;
  status: 'running' | 'finished' | 'failed' | 'cancelled' = 'running';
  /** The canvas of the graph's output, once finished. */
  canvas: Canvas;
  private readonly source: Canvas | null;
  private readonly prepared: Prepared;
  private readonly slots: Slots;
  private readonly flow: Flow;
  private readonly committed: Committed;
  private begun = false;
  private inFlight = 0;
  private firingNode: PlanUnit | null = null;
  private drawn = 0;
  private readonly context: NodeContext;

  constructor(
    prepared: Prepared,
    denoiser: Denoiser,
    row: number,
    { canvas, source }: RowStart,
    listener: LaneListener,
  ) {
    this.prepared = prepared;
    this.row = row;
    this.canvas = canvas;
    this.source = source;
    this.listener = listener;
    this.slots = new Slots(prepared.plan);
    this.flow = new Flow(prepared, this.slots);
    this.committed = new Committed(canvas.tokens);
    this.context = {
      manifest: denoiser.manifest,
      uniforms: (count) => this.uniforms(count),
      openCache: () => denoiser.openCache(),
    };
  }

  /** Fires what can be fired, at most `most` firings; what needs the model goes to `outbox`. */
  settle(outbox: Outbox, most: number): void {
    // A row before this one may have ended the run in the same round.
    if (!this.wanting) return;
    this.guard(null, () => {
      if (!this.begun) this.begin();
      for (let fired = 0; fired < most && this.wanting && this.flow.hasWork; fired++) {
        const node = this.flow.next();
        if (node !== null) this.fire(node, outbox);
      }
      if (this.wanting && this.flow.ended) this.end();
    });
  }

  receiveReply(waiting: WaitingForward, reply: Settled<ForwardReply>): void {
    this.inFlight--;
    if (!this.wanting) {
      if (reply.ok) releaseHandles(reply.value);
      this.clearWhenIdle();
      return;
    }
    const { definition, firing, node } = waiting;
    let outputs: unknown;
    this.resume(waiting, () => {
      if (!reply.ok) throw reply.error;
      const borrowed = new Borrowed(node, firing.inputs, reply.value);
      const given = definition.complete({ ...firing, reply: reply.value });
      outputs = given;
      this.finishUnit(node, borrowed, given, () =>
        definition.observe?.({ ...firing, outputs: given, answer: undefined }),
      );
    });
    // What the node does not hand on is nobody's any more.
    if (reply.ok) releaseHandles(reply.value, valuesIn(outputs));
  }

  receiveAnswer(waiting: WaitingQuestion, answer: Settled<AnswerTo<Question>>): void {
    this.inFlight--;
    if (!this.wanting) {
      this.clearWhenIdle();
      return;
    }
    const { definition, firing, node } = waiting;
    this.resume(waiting, () => {
      if (!answer.ok) throw answer.error;
      const borrowed = new Borrowed(node, firing.inputs);
      const outputs = definition.complete({ ...firing, answer: answer.value });
      this.finishUnit(node, borrowed, outputs, () =>
        definition.observe?.({ ...firing, outputs, answer: answer.value }),
      );
    });
  }

  get wanting(): boolean {
    return this.status === 'running';
  }

  /** Whether it is over and holds nothing in the model any more. */
  get left(): boolean {
    return !this.wanting && this.inFlight === 0;
  }

  abandon(): void {
    this.inFlight--;
    this.clearWhenIdle();
  }

  /** Stops the row. Handles that a forward under way still uses go when it is back. */
  cancel(): void {
    if (!this.wanting) return;
    this.status = 'cancelled';
    this.clearWhenIdle();
  }

  /** Caches are opened with the first firings, where a fault is the row's own. */
  private begin(): void {
    this.begun = true;
    this.slots.begin();
    this.flow.begin();
    for (const input of this.prepared.plan.inputs) {
      const canvas = isSource(input) && this.source !== null ? this.source : this.canvas;
      this.slots.put(input.value, input.kind === 'cache' ? this.context.openCache() : canvas);
    }
  }

  private fire(node: PlanUnit, outbox: Outbox): void {
    const { definition } = node;
    const inputs = this.slots.inputsOf(node);
    const firing: AnyFiring = { inputs, params: this.prepared.params[node.index] ?? {}, context: this.context };
    this.drawn = 0;
    this.guard(node, () => {
      checkLengths(this.prepared.plan, node, inputs);
      if ('step' in definition) {
        const borrowed = new Borrowed(node, inputs);
        const outputs = definition.step(firing);
        this.finishUnit(node, borrowed, outputs, () => definition.observe?.({ ...firing, outputs, answer: undefined }));
        return;
      }
      if ('forward' in definition) {
        const call = checkCall(definition.forward(firing));
        outbox.forwards.push({ lane: this, node, definition, firing, call, drawn: this.drawn });
        this.inFlight++;
        this.listener.called();
      } else {
        const question = checkQuestion(definition.ask(firing));
        outbox.questions.push({ lane: this, node, definition, firing, question, drawn: this.drawn });
        this.inFlight++;
      }
    });
  }

  /** Goes on with a firing that waited, its random stream where it stopped. */
  private resume(waiting: Waiting, work: () => void): void {
    this.drawn = waiting.drawn;
    this.guard(waiting.node, work);
  }

  /** Whatever goes wrong inside ends this row's run and nothing else. `node` is to blame, where one is. */
  private guard(node: PlanUnit | null, work: () => void): void {
    this.firingNode = node;
    try {
      work();
    } catch (error) {
      this.fail(node, error);
    } finally {
      this.firingNode = null;
    }
  }

  private finishUnit(node: PlanUnit, borrowed: Borrowed, outputs: unknown, observe: () => NodeEvent | undefined): void {
    const { outputNames, outputSlots } = node;
    let observed: Observed | undefined;
    try {
      borrowed.check(outputs);
      checkOutputs(outputs, node, borrowed.inputs, this.context.manifest);
      // While all handles are still there.
      const event = observe();
      if (event !== undefined) observed = this.committed.observe(event, node.draft);
    } catch (error) {
      releaseHandles(outputs, borrowed.lost(outputs));
      throw error;
    }
    for (let i = 0; i < outputNames.length; i++) {
      const value = outputs[outputNames[i] ?? ''];
      if (value !== undefined) this.slots.put(outputSlots[i] ?? -1, value);
    }
    this.flow.finish(node);
    if (observed !== undefined) this.listener.observed(this.row, node.path, observed);
  }

  private end(): void {
    for (const { name, kind, value } of this.prepared.plan.outputs) {
      const canvas = this.slots.get(value);
      if (name === 'canvas' && kind === 'canvas' && isCanvas(canvas)) this.canvas = canvas;
    }
    this.committed.check(this.canvas);
    this.slots.clear();
    this.status = 'finished';
    this.listener.finished(this);
  }

  private fail(node: PlanUnit | null, cause: unknown): void {
    if (this.status === 'failed' || this.status === 'cancelled') return;
    const tag = node === null ? [] : this.flow.tagOf(node);
    this.status = 'failed';
    this.clearWhenIdle();
    const where = { row: this.row, node: node?.path ?? '', kind: node?.definition.kind ?? '', tag };
    this.listener.failed(new NodeError(where, cause));
  }

  private clearWhenIdle(): void {
    if (this.inFlight === 0) this.slots.clear();
  }

  private uniforms(count: number): readonly number[] {
    const node = this.firingNode;
    if (node === null) throw new Error('uniforms are to be had only while a node fires');
    const key = this.prepared.keys[node.index];
    if (key === undefined) throw new Error(`node "${node.path}" has no random stream`);
    const drawn = uniforms(key, this.row, this.flow.iterationsAt(node), this.drawn, count);
    // Draws come in groups of four words; the next draw begins with a fresh group.
    this.drawn += Math.ceil(count / 4) * 4;
    return drawn;
  }
}
