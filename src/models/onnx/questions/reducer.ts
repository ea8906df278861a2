import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import type { OnnxRuntime } from '../runtime.js';
import { batchesOf, type Batch, type Row, type RowInput } from './batches.js';
import { inputNames, segmentGraph, type SegmentGraph } from './graphs.js';
import { HostRow, type RowLogits } from './logits.js';
import { segmentsOf } from './segments.js';

/** What a graph computed of one row, by the names of its outputs: a number a segment. */
export type Reduced = (output: string) => Float32Array;

/** Runs the graphs over rows of logits. */
export interface Reducer {
  /** Whether the graphs leave out the mask, as if it were no token. */
  readonly withoutMask: boolean;
  /** In as few runs as the rows' places in memory allow. */
  reduce<R extends Row<RowLogits>>(graph: SegmentGraph, rows: readonly R[]): Promise<Map<R, Reduced>>;
  dispose(): Promise<void>;
}

/** The graphs on the processor, over logits in this process's memory; the session of each is made when it is first needed. */
export class SegmentReducer implements Reducer {
  readonly withoutMask = false;
  readonly #runtime: OnnxRuntime;
  readonly #vocabularySize: number;
  readonly #threads: number;
  readonly #sessions = new Map<SegmentGraph, Promise<InferenceSession>>();

  constructor(runtime: OnnxRuntime, vocabularySize: number, threads: number) {
    this.#runtime = runtime;
    this.#vocabularySize = vocabularySize;
    this.#threads = threads;
  }

  async reduce<R extends Row<RowLogits>>(graph: SegmentGraph, rows: readonly R[]): Promise<Map<R, Reduced>> {
    const reduced = new Map<R, Reduced>();
    if (rows.length === 0) return reduced;
    const session = await this.#session(graph);
    for (const batch of batchesOf(rows.map(onHost))) {
      const results = await session.run(this.#feeds(batch, session.inputNames));
      for (const { row, place } of batch.members)
        reduced.set(row.of, (output) => this.#resultAt(place, results[output]));
    }
    return reduced;
  }

  async dispose(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) if (session.status === 'fulfilled') await session.value.release();
  }

  #session(graph: SegmentGraph): Promise<InferenceSession> {
    const known = this.#sessions.get(graph);
    if (known !== undefined) return known;
    const session = this.#runtime.InferenceSession.create(segmentGraph(graph, this.#vocabularySize), {
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // The network's threads must not share the processor with ones that wait busily.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    this.#sessions.set(graph, session);
    session.catch(() => this.#sessions.delete(graph));
    return session;
  }

  #feeds({ first, members }: Batch<Row>, wanted: readonly string[]): InferenceSession.OnnxValueMapType {
    const rows = (members.at(-1)?.place ?? 0) + 1;
    const segments = segmentsOf(this.#vocabularySize);
    const feeds: Record<string, InferenceSession.OnnxValueMapType[string]> = {};
    const feed = (name: string, data: Float32Array, shape: readonly number[]) => {
      if (wanted.includes(name)) feeds[name] = new this.#runtime.Tensor('float32', data, shape);
    };
    first.inputs.forEach(({ logits }, index) => {
      const names = inputNames(index);
      const inverseTemperatures = new Float32Array(rows).fill(1);
      const factors = new Float32Array(rows * segments);
      for (const { row, place } of members) {
        const input = row.inputs[index];
        inverseTemperatures[place] = 1 / (input?.temperature ?? 1);
        if (input?.factors !== undefined) factors.set(input.factors, place * segments);
      }
      const view = new Float32Array(logits.buffer, logits.byteOffset, rows * this.#vocabularySize);
      feed(names.logits, view, [rows, this.#vocabularySize]);
      feed(names.inverseTemperatures, inverseTemperatures, [rows, 1, 1]);
      feed(names.factors, factors, [rows, segments, 1]);
    });
    return feeds;
  }

  #resultAt(place: number, result: OnnxValue | undefined): Float32Array {
    if (!(result?.data instanceof Float32Array)) throw new Error('a graph for questions has no such output');
    const segments = segmentsOf(this.#vocabularySize);
    return result.data.subarray(place * segments, (place + 1) * segments);
  }
}

interface HostedRow<R> extends Row {
  readonly of: R;
}

function onHost<R extends Row<RowLogits>>(row: R): HostedRow<R> {
  const [first, second] = row.inputs;
  return { of: row, inputs: second === undefined ? [hosted(first)] : [hosted(first), hosted(second)] };
}

function hosted({ logits, ...input }: RowInput<RowLogits>): RowInput {
  if (logits instanceof HostRow) return { ...input, logits: logits.values };
  throw new Error('logits of a device were given to a graph of the processor');
}
