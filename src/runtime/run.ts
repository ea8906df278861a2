import { Observable } from 'rxjs';
import type { CheckedGraph } from '../graph/checked-graph.js';
import { givenPositions } from '../graph/given.js';
import type { Observed, RowResult, RunEvent, RunEventBody } from './events.js';
import { limitFailure, type LimitReached, type NodeError } from './failure.js';
import { ForwardCounts } from './forward-counts.js';
import { Lane } from './lane.js';
import type { LaneGroup } from './admission.js';
import type { FinishedLane, ForwardRound, LaneListener } from './outbox.js';
import { freeze, ownEvent } from './own-event.js';
import { checkRequest, type CheckedRequest, type RunRequest } from './request.js';
import { checkRunnable } from './request-form.js';
import { bytesOfRow } from './room.js';
import { RowText } from './row-text.js';
import type { RowStart } from './rows.js';
import { schedulerOf } from './scheduler.js';

/** A pipeline ready to run: what checks and the builder give. */
export interface RunnablePipeline {
  readonly graph: CheckedGraph;
}

let runs = 0;

/**
 * Runs a pipeline. Everything that can be wrong with the request is found at once and thrown as one
 * `InputError` before anything is computed. The observable is cold: each subscription is a run of its own,
 * and unsubscribing cancels it. A failure in the run arrives as a `failed` event, never as an error. Events are frozen, with
 * all that is in them.
 */
export function run(pipeline: RunnablePipeline, request: RunRequest): Observable<RunEvent> {
  checkRunnable(pipeline);
  const checked = checkRequest(pipeline.graph, request);
  const { signal } = request;
  return new Observable((subscriber) => {
    const active = new ActiveRun(checked, (event, last) => {
      subscriber.next(event);
      if (last) subscriber.complete();
    });
    const cancel = (): void => {
      active.cancel();
    };
    if (signal?.aborted === true) {
      cancel();
      return undefined;
    }
    signal?.addEventListener('abort', cancel);
    active.start();
    return () => {
      signal?.removeEventListener('abort', cancel);
      active.stop();
    };
  });
}

/** One run: its rows, its counters, and the order of its events. Of a row that is over it keeps the result alone. */
class ActiveRun implements LaneListener, LaneGroup {
  readonly rows: number;
  private readonly results: RowResult[];
  /** Of each row in flight that has committed something, what that is as text. */
  private readonly texts = new Map<number, RowText>();
  private readonly id = `run-${(++runs).toString()}`;
  private readonly checked: CheckedRequest;
  private readonly emit: (event: RunEvent, last: boolean) => void;
  private readonly began = performance.now();
  private readonly forwards: ForwardCounts;
  private seq = 0;
  private running = 0;
  private over = false;
  /** Forwards that its rows have asked for. */
  private calls = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(checked: CheckedRequest, emit: (event: RunEvent, last: boolean) => void) {
    this.checked = checked;
    this.emit = emit;
    this.rows = checked.starts.length;
    this.running = this.rows;
    this.forwards = new ForwardCounts(this.rows);
    this.results = new Array<RowResult>(this.rows);
  }

  start(): void {
    const { prepared, model, params, seed, starts, warnings } = this.checked;
    const rows = starts.map(({ canvas: { tokens, length, template } }) => ({
      prompt: tokens,
      length,
      ...(template === undefined ? {} : { template }),
    }));
    this.send({
      type: 'started',
      pipeline: prepared.plan.graph.name,
      model: model.denoiser.manifest.name,
      params: freeze(params),
      seed,
      rows: freeze(rows),
      maskId: model.denoiser.manifest.maskId,
      warnings: freeze(warnings),
    });
    if (this.over) return;
    const { milliseconds: most } = this.checked.limits;
    if (most < Infinity) {
      this.timer = setTimeout(() => {
        const reached = Math.round(performance.now() - this.began);
        this.limited({ setting: 'limits.milliseconds', most, reached });
      }, most);
    }
    schedulerOf(model.denoiser).add(this);
  }

  cancel(): void {
    this.send({ type: 'cancelled' }, true);
  }

  /** Lets go of everything, silently. */
  stop(): void {
    if (this.over) return;
    this.over = true;
    this.release();
  }

  bytesOf(row: number): number {
    return bytesOfRow(this.checked.model.denoiser, this.checked.prepared.plan, this.startOf(row).canvas.length);
  }

  open(row: number): Lane {
    return new Lane(this.checked.prepared, this.checked.model.denoiser, row, this.startOf(row), this);
  }

  waits(rows: number, ahead: number): void {
    this.send({ type: 'waiting', rows, ahead });
  }

  observed(row: number, node: string, told: Observed): void {
    const event = ownEvent(told, row, node);
    if (event.type === 'committed') this.send({ ...event, text: this.committedText(row, event) });
    else if (event.type === 'drafted') {
      this.send({ ...event, text: this.checked.model.tokenizer?.decode(event.tokens) ?? null });
    } else this.send(event);
  }

  called(): void {
    const { forwards: most } = this.checked.limits;
    const reached = this.calls++;
    if (reached >= most) this.limited({ setting: 'limits.forwards', most, reached });
  }

  forwarded({ own, batch, milliseconds }: ForwardRound): void {
    for (const [call, counter] of [
      ['denoise', 'diffusion'],
      ['ar-score', 'ar'],
    ] as const) {
      const rows = own.filter((waiting) => waiting.call.call === call).map((waiting) => waiting.lane.row);
      if (rows.length === 0) continue;
      this.forwards.add(counter, rows);
      this.send({
        type: 'forward',
        call: counter,
        rows: Object.freeze(rows),
        batch,
        nfe: Object.freeze(this.forwards.mean()),
        milliseconds,
      });
    }
  }

  finished(lane: FinishedLane): void {
    this.results[lane.row] = this.result(lane);
    this.texts.delete(lane.row);
    if (--this.running > 0) return;
    const milliseconds = performance.now() - this.began;
    const rows = this.results;
    const tokens = rows.reduce((sum, row) => sum + row.tokens.length - row.promptLength - row.given.length, 0);
    const tokensPerSecond = (tokens * 1000) / milliseconds;
    const statistics = { milliseconds, tokens, tokensPerSecond, nfe: this.forwards.mean() };
    this.send({ type: 'finished', rows: freeze(rows), statistics: freeze(statistics) }, true);
  }

  failed({ message, failure }: NodeError): void {
    this.send({ type: 'failed', message, failure: freeze(failure) }, true);
  }

  private committedText(
    row: number,
    { start, tokens }: { readonly start: number; readonly tokens: readonly number[] },
  ): string | null {
    const { denoiser, tokenizer } = this.checked.model;
    if (tokenizer === null) return null;
    const { canvas } = this.startOf(row);
    const text = this.texts.get(row) ?? new RowText(tokenizer, canvas.tokens);
    this.texts.set(row, text);
    const last = start + tokens.length >= canvas.length || tokens.at(-1) === denoiser.manifest.eosId;
    return text.add(tokens) + (last ? text.end() : '');
  }

  private startOf(row: number): RowStart {
    const start = this.checked.starts[row];
    if (start === undefined) throw new Error(`the run has no row ${row.toString()}`);
    return start;
  }

  private result(lane: FinishedLane): RowResult {
    const { tokens, promptLength, ended } = lane.canvas;
    const text = this.checked.model.tokenizer?.decode(tokens) ?? null;
    const given = givenPositions(lane.canvas);
    return { row: lane.row, tokens: tokens.slice(), promptLength, given, text, ended, nfe: this.forwards.of(lane.row) };
  }

  private send(body: RunEventBody, last = false): void {
    if (this.over) return;
    if (last) {
      this.over = true;
      this.release();
    }
    this.emit(Object.freeze({ run: this.id, seq: this.seq++, ...body }), last);
  }

  private limited(limit: LimitReached): void {
    const failure = limitFailure(limit, this.rows - this.running, this.rows);
    this.send({ type: 'failed', message: failure.message, failure: freeze(failure) }, true);
  }

  private release(): void {
    clearTimeout(this.timer);
    schedulerOf(this.checked.model.denoiser).remove(this);
  }
}
