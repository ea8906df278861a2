import type { AnswerTo, ForwardReply, ModelCall, Question } from '../graph/effects.js';
import type { Firing, ForwardNode, NodeContext, NodeEvent, Ports, QuestionNode } from '../graph/node-definition.js';
import type { ParamSpecs } from '../graph/params.js';
import type { Canvas } from '../graph/values.js';
import type { Denoiser, Settled } from '../models/denoiser.js';
import { NodeError } from './failure.js';
import type { PlanIf, PlanLoop, PlanNode, PlanRegion, PlanUnit } from './plan.js';
import type { Prepared } from './prepared.js';
import { uniforms, type StreamKey } from './random.js';
import { releaseAll, Slots, type PortValue } from './slots.js';

type AnyFiring = Firing<Ports, ParamSpecs>;
type Outputs = Readonly<Record<string, PortValue>>;

/** A node that waits for the model. */
export interface Waiting {
  readonly lane: Lane;
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
  /** Rows in the whole round, those of other runs included. */
  readonly batch: number;
  readonly milliseconds: number;
}

/** Who hears of what happens in a lane. */
export interface LaneListener {
  /** Called before the replies are handed out. */
  forwarded(round: ForwardRound): void;
  observed(lane: Lane, node: string, event: NodeEvent): void;
  finished(lane: Lane): void;
  failed(lane: Lane, error: NodeError): void;
}

const noKey: StreamKey = { low: 0, high: 0 };

const countDown = (counts: Int32Array, at: number): number => (counts[at] = (counts[at] ?? 0) - 1);

/**
 * One row of a run: fires nodes when all their inputs are there. A node fires once for each iteration of the
 * loops that it is in. Everything here is synchronous; what needs the model goes to an outbox.
 */
export class Lane {
  readonly row: number;
  /** Forwards that this row took part in. */
  readonly nfe = { diffusion: 0, ar: 0 };
  status: 'running' | 'finished' | 'failed' | 'cancelled' = 'running';
  /** The canvas of the graph's output, once finished. */
  canvas: Canvas;
  private readonly prepared: Prepared;
  readonly listener: LaneListener;
  private readonly slots: Slots;
  private readonly missing: Int32Array;
  private readonly remaining: Int32Array;
  private readonly iterations: Int32Array;
  /** Nodes that can fire, and as -1 - region the regions that have ended. */
  private readonly ready: number[] = [];
  private head = 0;
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
    this.missing = new Int32Array(plan.nodes.length);
    this.remaining = new Int32Array(plan.regions.length);
    this.iterations = new Int32Array(plan.loopCount);
    this.context = {
      manifest: denoiser.manifest,
      uniforms: (count) => this.uniforms(count),
      openCache: () => denoiser.openCache(),
    };
    this.open(0);
    for (const { kind, value } of plan.inputs) {
      this.slots.put(value, kind === 'cache' ? denoiser.openCache() : canvas);
    }
  }

  /** Whether a node can fire without waiting for the model. */
  get hasWork(): boolean {
    return this.status === 'running' && this.head < this.ready.length;
  }

  /** Fires what can be fired, at most `most` firings; what needs the model goes to `outbox`. */
  settle(outbox: Outbox, most: number): void {
    for (let fired = 0; fired < most && this.status === 'running' && this.head < this.ready.length; fired++) {
      const next = this.ready[this.head++] ?? 0;
      if (this.head === this.ready.length) {
        this.ready.length = 0;
        this.head = 0;
      }
      if (next < 0) {
        this.endRegion(-1 - next);
        continue;
      }
      const node = this.prepared.plan.nodes[next];
      if (node === undefined) continue;
      if (node.type === 'unit') this.fire(node, outbox);
      else if (node.type === 'loop') this.beginLoop(node);
      else this.open(this.slots.get(node.flag) === true ? node.then.region : node.else.region);
    }
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

  /** Something that the row asked was not passed on, because the row has stopped. */
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
    this.finish(node);
  }

  private observe(node: PlanUnit, event: NodeEvent | undefined): void {
    if (event !== undefined) this.listener.observed(this, node.path, event);
  }

  /** A node of any type has put its outputs: gives back what it borrowed and wakes who waits for it. */
  private finish(node: PlanNode): void {
    for (const slot of node.borrows) this.slots.read(slot);
    for (const slot of node.outputSlots) {
      for (const reader of this.prepared.plan.readers[slot] ?? []) {
        if (countDown(this.missing, reader) === 0) this.ready.push(reader);
      }
    }
    if (countDown(this.remaining, node.region) === 0) this.ready.push(-1 - node.region);
  }

  private open(id: number): void {
    const region = this.region(id);
    this.slots.open(region.owned);
    this.remaining[id] = region.nodes.length;
    for (const index of region.nodes) this.missing[index] = this.prepared.plan.nodes[index]?.waitsFor ?? 0;
    for (const index of region.roots) this.ready.push(index);
    if (region.nodes.length === 0) this.ready.push(-1 - id);
  }

  private beginLoop(node: PlanLoop): void {
    this.iterations[node.loop] = 0;
    const carried = node.initial.map((slot) => this.slots.take(slot));
    if ((this.prepared.bounds[node.index] ?? 0) <= 0) this.leave(node, carried);
    else this.iterate(node, carried);
  }

  private iterate(node: PlanLoop, carried: readonly PortValue[]): void {
    this.open(node.body);
    this.slots.put(node.indexSlot, this.iterations[node.loop] ?? 0);
    carried.forEach((value, i) => {
      this.slots.put(node.current[i] ?? -1, value);
    });
  }

  /** A loop or an if is over: its outputs take over the references in `values`. */
  private leave(node: PlanLoop | PlanIf, values: readonly PortValue[]): void {
    values.forEach((value, i) => {
      this.slots.put(node.outputSlots[i] ?? -1, value);
    });
    this.finish(node);
  }

  private endRegion(id: number): void {
    const { end, owned } = this.region(id);
    const node = end === null ? undefined : this.prepared.plan.nodes[end];
    if (node === undefined || node.type === 'unit') {
      this.end();
      return;
    }
    if (node.type === 'if') {
      const side = id === node.then.region ? node.then : node.else;
      const values = side.outputs.map((slot) => this.slots.take(slot));
      this.slots.close(owned);
      this.leave(node, values);
      return;
    }
    const iteration = (this.iterations[node.loop] ?? 0) + 1;
    const over =
      iteration >= (this.prepared.bounds[node.index] ?? 0) ||
      (node.until !== null && this.slots.get(node.until) === true);
    const carried = node.next.map((slot) => this.slots.take(slot));
    this.slots.close(owned);
    if (over) {
      this.leave(node, carried);
      return;
    }
    this.iterations[node.loop] = iteration;
    this.iterate(node, carried);
  }

  private end(): void {
    for (const { name, value } of this.prepared.plan.outputs) {
      const canvas = this.slots.get(value);
      if (name === 'canvas' && typeof canvas === 'object' && 'promptLength' in canvas) this.canvas = canvas;
    }
    this.status = 'finished';
    this.slots.clear();
    this.listener.finished(this);
  }

  private fail(node: PlanUnit, cause: unknown): void {
    const { nodes } = this.prepared.plan;
    const tag = node.loops.map((loop) => ({
      path: nodes.find((other) => other.type === 'loop' && other.loop === loop)?.path ?? '',
      iteration: this.iterations[loop] ?? 0,
    }));
    const message = cause instanceof Error ? cause.message : String(cause);
    this.status = 'failed';
    this.clearWhenIdle();
    this.listener.failed(
      this,
      new NodeError({ message, row: this.row, node: node.path, kind: node.definition.kind, tag }, cause),
    );
  }

  private clearWhenIdle(): void {
    if (this.inFlight === 0) this.slots.clear();
  }

  private uniforms(count: number): readonly number[] {
    const node = this.firingNode;
    if (node === null) throw new Error('uniforms are to be had only while a node fires');
    const iterations = node.loops.map((loop) => this.iterations[loop] ?? 0);
    const drawn = uniforms(this.prepared.keys[node.index] ?? noKey, this.row, iterations, this.drawn, count);
    // Draws come in groups of four words; the next draw begins with a fresh group.
    this.drawn += Math.ceil(count / 4) * 4;
    return drawn;
  }

  private region(id: number): PlanRegion {
    const region = this.prepared.plan.regions[id];
    if (region === undefined) throw new Error(`there is no region ${id.toString()}`);
    return region;
  }
}
