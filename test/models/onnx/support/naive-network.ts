import type {
  KeyValueData,
  NetworkPass,
  NetworkSize,
  OnnxNetwork,
} from '../../../../src/models/onnx/network/network.js';

export const tinySize: NetworkSize = { layers: 2, heads: 2, width: 3, vocabularySize: 7 };

/** A number in [-1, 1) that looks random and is the same every time. */
const noise = (...seeds: readonly number[]): number => {
  let state = 2166136261;
  for (const seed of seeds) state = Math.imul(state ^ (seed + 0x9e3779b9), 16777619) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  return (state / 2 ** 32) * 2 - 1;
};

/**
 * Attention over made-up weights, written down straight from what `NetworkPass` says, in double precision. Tokens from
 * `poison` on are not a number.
 */
export class NaiveNetwork implements OnnxNetwork {
  readonly segments = null;
  readonly size: NetworkSize;
  readonly poison: number;
  readonly passes: NetworkPass[] = [];
  /** Called before each pass; may throw. */
  before: (pass: NetworkPass) => void = () => undefined;
  disposed = false;

  constructor(size: NetworkSize = tinySize, poison = Infinity) {
    this.size = size;
    this.poison = poison;
  }

  run(pass: NetworkPass): Promise<readonly KeyValueData[]> {
    this.passes.push(pass);
    return Promise.resolve().then(() => {
      this.before(pass);
      return this.#evaluate(pass);
    });
  }

  dispose(): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  #evaluate(pass: NetworkPass): readonly KeyValueData[] {
    const { layers, heads, width, vocabularySize } = this.size;
    const hidden = heads * width;
    let x = Array.from(pass.tokens, (token, index) =>
      Array.from({ length: hidden }, (_, unit) =>
        token >= this.poison ? NaN : noise(token, unit) + 0.3 * noise(pass.positions[index] ?? NaN, unit, 5),
      ),
    );
    const product = (vector: readonly number[], size: number, ...seeds: readonly number[]): number[] =>
      Array.from({ length: size }, (_, out) =>
        vector.reduce((sum, value, into) => sum + value * noise(out, into, ...seeds), 0),
      );
    const fresh: KeyValueData[] = [];
    for (let layer = 0; layer < layers; layer += 1) {
      const [q, k, v] = [1, 2, 3].map((kind) => x.map((vector) => product(vector, hidden, layer, kind)));
      const now = {
        keys: new Float32Array(pass.rows * heads * pass.keys * width),
        values: new Float32Array(pass.rows * heads * pass.keys * width),
      };
      pass.keyTokens.forEach((token, place) => {
        const [row, at] = [Math.floor(place / pass.keys), place % pass.keys];
        for (let head = 0; head < heads; head += 1) {
          for (let i = 0; i < width; i += 1) {
            const to = ((row * heads + head) * pass.keys + at) * width + i;
            now.keys[to] = k?.[token]?.[head * width + i] ?? NaN;
            now.values[to] = v?.[token]?.[head * width + i] ?? NaN;
          }
        }
      });
      fresh.push({ keys: this.#kept(pass, k), values: this.#kept(pass, v) });
      const attended = Array.from({ length: pass.rows * pass.queries }, (_, place) =>
        this.#attend(pass, place, q?.[pass.queryTokens[place] ?? -1] ?? [], pass.past[layer], now),
      );
      x = x.map((vector, index) => {
        const change = product(attended[pass.places[index] ?? -1] ?? [NaN], hidden, layer, 4);
        return vector.map((value, unit) => Math.tanh(value + (change[unit] ?? NaN)));
      });
    }
    pass.answers.forEach((token, answer) => {
      pass.logits.set(product(x[token] ?? [NaN], vocabularySize, 9), answer * vocabularySize);
    });
    return fresh;
  }

  /** [heads, M, width] */
  #kept(pass: NetworkPass, vectors: readonly (readonly number[])[] | undefined): Float32Array {
    const { heads, width } = this.size;
    return Float32Array.from({ length: heads * pass.kept.length * width }, (_, i) => {
      const [head, place] = [Math.floor(i / (pass.kept.length * width)), Math.floor(i / width) % pass.kept.length];
      return vectors?.[pass.kept[place] ?? -1]?.[head * width + (i % width)] ?? NaN;
    });
  }

  #attend(
    { queries, keys, capacity, bias }: NetworkPass,
    place: number,
    query: readonly number[],
    past: KeyValueData | undefined,
    now: KeyValueData,
  ): number[] {
    const { heads, width } = this.size;
    const row = Math.floor(place / queries);
    return Array.from({ length: heads }, (_, head) => {
      const at = (key: number, part: keyof KeyValueData, i: number): number =>
        key < capacity
          ? (past?.[part][((row * heads + head) * capacity + key) * width + i] ?? NaN)
          : (now[part][((row * heads + head) * keys + key - capacity) * width + i] ?? NaN);
      const scores = Array.from({ length: capacity + keys }, (__, key) => {
        let sum = bias[place * (capacity + keys) + key] ?? NaN;
        for (let i = 0; i < width; i += 1) sum += (query[head * width + i] ?? NaN) * at(key, 'keys', i);
        return sum;
      });
      const largest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - largest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return Array.from(
        { length: width },
        (__, i) => weights.reduce((sum, weight, key) => sum + weight * at(key, 'values', i), 0) / total,
      );
    }).flat();
  }
}
