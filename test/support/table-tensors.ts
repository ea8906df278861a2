import type { Tf } from '../../src/models/tfjs/backend.js';
import type { Network, Pass, PassResult } from '../../src/models/tfjs/network/network.js';
import type { TinyModel } from './oracle.js';
import type { TinyAr } from './table-denoiser.js';

/** What a query may attend to. */
interface Seen {
  readonly token: number;
  readonly position: number;
  /** Its place among the row's queries; `null` for a cached one. */
  readonly query: number | null;
}

/**
 * A network on tensors that is a table: its keys are tokens, its values their positions. It knows of a call what its queries attend to
 * and nothing else, so that a token in the wrong row, place or mask changes what it puts out.
 */
export class TableTensors implements Network {
  /** As on a GPU, rows of all lengths share a slab by gathering, wherever that is right. */
  readonly resident = true;
  readonly #tf: Tf;
  readonly #vocabularySize: number;
  readonly #denoise: TinyModel;
  readonly #ar: TinyAr;
  /** Tests run tens of thousands of rows over few contexts. */
  readonly #known = new Map<string, readonly (readonly number[])[]>();

  constructor(tf: Tf, vocabularySize: number, denoise: TinyModel, ar: TinyAr) {
    this.#tf = tf;
    this.#vocabularySize = vocabularySize;
    this.#denoise = denoise;
    this.#ar = ar;
  }

  run(pass: Pass): PassResult {
    const { rows, queries, answers, keep } = pass;
    const tf = this.#tf;
    const cached = cachedBy(pass);
    const logits = new Float32Array(rows * answers * this.#vocabularySize);
    for (let row = 0; row < rows; row += 1) {
      for (let answer = 0; answer < answers; answer += 1) {
        const probabilities = this.#row(pass, cached[row] ?? [], row, queries - answers + answer);
        // A logit has to be finite; this one's exponential is 0.
        const values = probabilities.map((p) => Math.max(Math.log(p), -1000));
        logits.set(values, (row * answers + answer) * this.#vocabularySize);
      }
    }
    const kept = (of: Int32Array): Float32Array =>
      Float32Array.from({ length: rows * keep }, (_, i) => of[Math.floor(i / keep) * queries + (i % keep)] ?? NaN);
    return {
      logits: tf.tensor2d(logits, [rows * answers, this.#vocabularySize]),
      kept:
        keep === 0
          ? []
          : [
              {
                keys: tf.tensor4d(kept(pass.tokens), [rows, 1, 1, keep]),
                values: tf.tensor4d(kept(pass.positions), [rows, 1, keep, 1]),
              },
            ],
    };
  }

  dispose(): void {
    // It has no tensors of its own.
  }

  /** Probabilities at one query of a row. */
  #row(pass: Pass, cached: readonly Seen[], row: number, query: number): readonly number[] {
    const { queries, answers } = pass;
    const seen = seenBy(pass, cached, row, query);
    const isAnswer = (one: Seen): boolean => one.query !== null && one.query >= queries - answers;
    const block = seen.filter(isAnswer);
    const prefix = seen.filter((one) => !isAnswer(one)).map(({ token }) => token);
    const noisy = block.map(({ token }) => token);
    if (isProbe(pass, row, query, block.length)) {
      return this.#once(['ar', prefix, noisy], () => [this.#ar(prefix, noisy[0])])[0] ?? [];
    }
    const at = block.findIndex((one) => one.query === query);
    return this.#once(['denoise', prefix, noisy], () => this.#denoise(prefix, noisy))[at] ?? [];
  }

  #once(context: readonly unknown[], compute: () => readonly (readonly number[])[]): readonly (readonly number[])[] {
    const key = context.join('|');
    const rows = this.#known.get(key) ?? compute();
    this.#known.set(key, rows);
    return rows;
  }
}

/** The cached tokens of each row. */
function cachedBy({ past }: Pass): Seen[][] {
  const [layer] = past?.layers ?? [];
  if (past === null || layer === undefined) return [];
  const [tokens, positions] = [layer.keys.dataSync(), layer.values.dataSync()];
  return past.lengths.map((length, row) =>
    Array.from({ length }, (_, i) => ({
      token: tokens[row * past.capacity + i] ?? NaN,
      position: positions[row * past.capacity + i] ?? NaN,
      query: null,
    })),
  );
}

/** In the order of their positions. Throws where a text has two tokens at one place, or a hole. */
function seenBy(pass: Pass, cached: readonly Seen[], row: number, query: number): Seen[] {
  const { queries, mask, tokens, positions } = pass;
  const seen = [...cached];
  for (let key = 0; key < queries; key += 1) {
    if (mask !== null && mask[query * queries + key] !== 0) continue;
    const at = row * queries + key;
    seen.push({ token: tokens[at] ?? NaN, position: positions[at] ?? NaN, query: key });
  }
  seen.sort((a, b) => a.position - b.position);
  const odd = seen.findIndex(({ position }, index) => position !== index);
  if (odd >= 0)
    throw new Error(`position ${odd} of a row is taken by a token of position ${seen[odd]?.position ?? NaN}`);
  return seen;
}

/** Whether an answer is a probe of an AR score, in front of which stands the draft's last token, and no block of one position. */
function isProbe({ queries, answers, positions }: Pass, row: number, query: number, block: number): boolean {
  if (block > 1 || query === 0) return false;
  if (answers > 1) return true;
  const at = row * queries + query;
  return (positions[at - 1] ?? NaN) >= (positions[at] ?? NaN);
}
