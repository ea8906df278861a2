import type { KeyValueData, NetworkPass, NetworkSize, OnnxNetwork } from '../../src/models/onnx/network/network.js';
import type { TinyModel } from './oracle.js';
import type { TinyAr } from './table-denoiser.js';

/** What a query may attend to: a token of the pass, by its place among the packed ones, or a cached one. */
interface Seen {
  readonly token: number;
  readonly position: number;
  /** `null` for a cached one. */
  readonly packed: number | null;
}

/**
 * A network that is a table: its keys are tokens, its values their positions. It knows of a call what its queries attend to and
 * nothing else, so that a token in the wrong slot, place or mask changes what it puts out.
 */
export class TableNetwork implements OnnxNetwork {
  readonly segments = null;
  readonly size: NetworkSize;
  readonly #denoise: TinyModel;
  readonly #ar: TinyAr;
  /** Tests run tens of thousands of rows over few contexts. */
  readonly #known = new Map<string, readonly (readonly number[])[]>();

  constructor(vocabularySize: number, denoise: TinyModel, ar: TinyAr) {
    this.size = { layers: 1, heads: 1, width: 1, vocabularySize };
    this.#denoise = denoise;
    this.#ar = ar;
  }

  run(pass: NetworkPass): Promise<readonly KeyValueData[]> {
    const { vocabularySize } = this.size;
    const answered = new Set(pass.answers);
    pass.answers.forEach((packed, answer) => {
      // A logit has to be finite; this one's exponential is 0.
      const logits = this.#row(pass, packed, answered).map((p) => Math.max(Math.log(p), -1000));
      pass.logits.set(logits, answer * vocabularySize);
    });
    const keys = Float32Array.from(pass.kept, (packed) => pass.tokens[packed] ?? NaN);
    const values = Float32Array.from(pass.kept, (packed) => pass.positions[packed] ?? NaN);
    return Promise.resolve([{ keys, values }]);
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** Probabilities at one packed token. */
  #row(pass: NetworkPass, packed: number, answered: ReadonlySet<number>): readonly number[] {
    const seen = seenBy(pass, packed);
    const isAnswer = (one: Seen): boolean => one.packed !== null && answered.has(one.packed);
    const block = seen.filter(isAnswer);
    const text = seen.filter((one) => !isAnswer(one));
    const prefix = text.map(({ token }) => token);
    const noisy = block.map(({ token }) => token);
    if (isProbe(pass, packed, answered, seen)) {
      return this.#once(['ar', prefix, noisy], () => [this.#ar(prefix, noisy[0])])[0] ?? [];
    }
    const at = block.findIndex((one) => one.packed === packed);
    return this.#once(['denoise', prefix, noisy], () => this.#denoise(prefix, noisy))[at] ?? [];
  }

  #once(context: readonly unknown[], compute: () => readonly (readonly number[])[]): readonly (readonly number[])[] {
    const key = context.join('|');
    const rows = this.#known.get(key) ?? compute();
    this.#known.set(key, rows);
    return rows;
  }
}

/** In the order of their positions. Throws where a text has two tokens at one place, or a hole. */
function seenBy(pass: NetworkPass, packed: number): Seen[] {
  const { queries, keys, capacity, bias, past } = pass;
  const place = pass.places[packed] ?? NaN;
  const row = Math.floor(place / queries);
  const visible = (key: number): boolean => bias[place * (capacity + keys) + key] === 0;
  const seen: Seen[] = [];
  for (let key = 0; key < capacity; key += 1) {
    const at = row * capacity + key;
    if (visible(key))
      seen.push({ token: past[0]?.keys[at] ?? NaN, position: past[0]?.values[at] ?? NaN, packed: null });
  }
  for (let key = 0; key < keys; key += 1) {
    const at = pass.keyTokens[row * keys + key] ?? NaN;
    if (visible(capacity + key)) {
      seen.push({ token: pass.tokens[at] ?? NaN, position: pass.positions[at] ?? NaN, packed: at });
    }
  }
  seen.sort((a, b) => a.position - b.position);
  const odd = seen.findIndex(({ position }, index) => position !== index);
  if (odd >= 0)
    throw new Error(`position ${odd} of a row is taken by a token of position ${seen[odd]?.position ?? NaN}`);
  return seen;
}

/**
 * Whether a packed token is a probe of an AR score and no block of one position. In front of a probe stand the draft that
 * it sees only the beginning of, and the probes before it; in front of a block, clean tokens or another call.
 */
function isProbe(pass: NetworkPass, packed: number, answered: ReadonlySet<number>, seen: readonly Seen[]): boolean {
  const fresh = seen.filter((one) => one.packed !== null);
  if (fresh.filter((one) => one.packed !== null && answered.has(one.packed)).length > 1 || packed === 0) return false;
  if (answered.has(packed - 1)) return fresh.length > 1;
  return (pass.positions[packed - 1] ?? NaN) >= (pass.positions[packed] ?? NaN);
}
