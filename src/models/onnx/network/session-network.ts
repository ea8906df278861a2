import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxRuntime } from '../runtime.js';
import { freshNames, pastNames } from './block-dit.js';
import { RotaryTables, rotaryNames } from './rotary.js';
import type { KeyValueData, NetworkPass, NetworkSize, OnnxNetwork } from './network.js';

/** A session of the graph that `writeNetwork` writes. Results go to memory that is kept: fresh pages are slow. */
export class SessionNetwork implements OnnxNetwork {
  readonly size: NetworkSize;
  readonly segments: number | null;
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly #rotary: RotaryTables;
  #fresh: readonly KeyValueData[] = [];

  constructor(
    runtime: OnnxRuntime,
    session: InferenceSession,
    { size, segments }: Pick<OnnxNetwork, 'size' | 'segments'>,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#rotary = new RotaryTables(size.width);
    this.size = size;
    this.segments = segments;
  }

  async run(pass: NetworkPass): Promise<readonly KeyValueData[]> {
    const { rows, queries, keys, capacity } = pass;
    const { heads, width, vocabularySize } = this.size;
    const packed = [pass.tokens.length];
    const rotary = this.#rotary.of(pass.positions);
    const feeds: Record<string, Tensor> = {
      tokens: this.#integers(pass.tokens, packed),
      positions: this.#integers(pass.positions, packed),
      [rotaryNames.cosines]: this.#floats(rotary.cosines, [rotary.rows, width / 2]),
      [rotaryNames.sines]: this.#floats(rotary.sines, [rotary.rows, width / 2]),
      queryTokens: this.#integers(pass.queryTokens, [rows, queries]),
      keyTokens: this.#integers(pass.keyTokens, [rows, keys]),
      places: this.#integers(pass.places, packed),
      bias: this.#floats(pass.bias, [rows, queries, capacity + keys]),
      kept: this.#integers(pass.kept, [pass.kept.length]),
      answers: this.#integers(pass.answers, [pass.answers.length]),
    };
    const fetches: Record<string, Tensor> = {
      logits: this.#floats(pass.logits, [pass.answers.length, vocabularySize]),
    };
    const { reduction } = pass;
    if (reduction !== null && this.segments !== null) {
      const segmentShape = [pass.answers.length, this.segments, 1];
      feeds['inverseTemperatures'] = this.#floats(reduction.inverseTemperatures, [pass.answers.length, 1, 1]);
      fetches['maxima'] = this.#floats(reduction.maxima, segmentShape);
      fetches['sums'] = this.#floats(reduction.sums, segmentShape);
      fetches['totals'] = this.#floats(reduction.totals, [pass.answers.length]);
    }
    const pastShape = [rows, heads, capacity, width];
    const freshShape = [heads, pass.kept.length, width];
    const fresh = this.#room(heads * pass.kept.length * width);
    pass.past.forEach((past, layer) => {
      const names = pastNames(layer);
      feeds[names.keys] = this.#floats(past.keys, pastShape);
      feeds[names.values] = this.#floats(past.values, pastShape);
    });
    // What is not asked for is not copied out of the library either.
    if (pass.kept.length > 0) {
      fresh.forEach((data, layer) => {
        const names = freshNames(layer);
        fetches[names.keys] = this.#floats(data.keys, freshShape);
        fetches[names.values] = this.#floats(data.values, freshShape);
      });
    }
    await this.#session.run(feeds, fetches);
    return fresh;
  }

  async dispose(): Promise<void> {
    this.#fresh = [];
    await this.#session.release();
  }

  /** Room for new keys and values, as views of what is there already where it is large enough. */
  #room(length: number): readonly KeyValueData[] {
    if ((this.#fresh[0]?.keys.length ?? -1) < length) {
      this.#fresh = Array.from({ length: this.size.layers }, () => ({
        keys: new Float32Array(length),
        values: new Float32Array(length),
      }));
    }
    return this.#fresh.map(({ keys, values }) => ({
      keys: keys.subarray(0, length),
      values: values.subarray(0, length),
    }));
  }

  #integers(data: Int32Array, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor('int32', data, shape);
  }

  #floats(data: Float32Array, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor('float32', data, shape);
  }
}
