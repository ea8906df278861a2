import type { ModelManifest } from '../graph/manifest.js';
import type { Ports } from '../graph/node-definition.js';
import { isRequired } from '../graph/param-rules.js';
import type { NumberSpec, ParamSpec, ParamSpecs, ParamValue } from '../graph/params.js';
import type { Block, Cache, Canvas, NoiseLevel, PortKind, PortValues, Prediction } from '../graph/values.js';
import type { Draws } from './draws.js';
import type { TableDenoiser } from './table-denoiser.js';

type PortValue = PortValues[PortKind];

/**
 * Random values that belong together: one row with its text, one noisy block behind it, and predictions for that block.
 * Every list is as long as the block.
 */
export class RandomRow {
  /** Positions of the block. */
  readonly size: number;
  readonly #draws: Draws;
  readonly #denoiser: TableDenoiser;
  readonly #text: readonly number[];
  readonly #noisy: readonly number[];
  readonly #fixed: readonly boolean[];

  constructor(draws: Draws, denoiser: TableDenoiser) {
    const { manifest } = denoiser;
    this.#draws = draws;
    this.#denoiser = denoiser;
    this.size = draws.integer(1, Math.min(4, manifest.length));
    this.#text = draws.list(draws.integer(0, manifest.length - this.size), () => this.#cleanToken(manifest));
    this.#fixed = draws.list(this.size, () => draws.chance(0.2));
    this.#noisy = this.#fixed.map((fixed) => {
      const noise = manifest.maskId ?? draws.integer(0, manifest.vocabularySize - 1);
      return fixed || draws.chance(0.4) ? this.#cleanToken(manifest) : noise;
    });
  }

  /** A value for each port. The caller owns the handles among them. */
  inputs(ports: Ports): Readonly<Record<string, PortValue>> {
    return Object.fromEntries(Object.entries(ports).map(([name, kind]) => [name, this.#value(kind)]));
  }

  #value(kind: PortKind): PortValue {
    const draws = this.#draws;
    switch (kind) {
      case 'canvas':
        return this.#canvas();
      case 'block':
        return this.#block();
      case 'noise-level':
        return this.#level();
      case 'scores':
        return draws.list(this.size, () => draws.pick([-1, 0, 1, 3 * draws.uniform()]));
      case 'positions':
        return draws.list(this.size, () => draws.chance(0.5));
      case 'flag':
        return draws.chance(0.5);
      case 'number':
        return draws.chance(0.5) ? draws.integer(0, this.size) : draws.uniform();
      case 'prediction':
        return this.#prediction();
      case 'cache':
        return this.#cache();
    }
  }

  #canvas(): Canvas {
    const draws = this.#draws;
    const tokens = this.#text;
    const { length } = this.#denoiser.manifest;
    return {
      tokens,
      length: draws.chance(0.2) ? tokens.length + this.size : length,
      promptLength: draws.integer(0, tokens.length),
      ended: draws.chance(0.1),
    };
  }

  /** The noisy block, or a clean draft of it. */
  #block(): Block {
    const draws = this.#draws;
    const tokens = draws.chance(0.5)
      ? this.#noisy
      : this.#noisy.map((token, i) => (this.#fixed[i] === true ? token : this.#cleanToken(this.#denoiser.manifest)));
    const size = this.size + draws.integer(0, 1);
    return { start: this.#text.length, size, tokens, fixed: this.#fixed };
  }

  #level(): NoiseLevel {
    const draws = this.#draws;
    const steps = draws.integer(1, 5);
    const step = draws.integer(0, steps - 1);
    const last = step === steps - 1;
    const alphaT = 0.001 + (0.998 * step) / steps;
    return { alphaT, alphaS: last ? 1 : 0.001 + (0.998 * (step + 1)) / steps, step, steps, last };
  }

  /** Of the noisy block, or of AR scoring where clean tokens are causal. */
  #prediction(): Prediction {
    const draws = this.#draws;
    const temperature = draws.pick([1, 1, 0.5]);
    return this.#denoiser.manifest.causality !== 'token-causal' || draws.chance(0.7)
      ? this.#denoiser.predict(this.#noisy, this.#text, temperature)
      : this.#denoiser.score(this.#noisy, this.#text, temperature);
  }

  #cache(): Cache {
    const empty = this.#denoiser.openCache();
    const cache = empty.follow(this.#text.slice(0, this.#draws.integer(0, this.#text.length)));
    empty.release();
    return cache;
  }

  #cleanToken({ vocabularySize, maskId }: ModelManifest): number {
    return this.#draws.integer(0, vocabularySize - (maskId === null ? 1 : 2));
  }
}

/** Parameters that the specs allow: defaults, bounds, and values between them. */
export function randomParams(specs: ParamSpecs, draws: Draws): Readonly<Record<string, ParamValue>> {
  const values: [string, ParamValue][] = [];
  for (const [name, spec] of Object.entries(specs)) {
    if (!isRequired(spec) && draws.chance(0.3)) continue;
    values.push([name, spec.default !== undefined && draws.chance(0.2) ? spec.default : randomValue(spec, draws)]);
  }
  return Object.fromEntries(values);
}

function randomValue(spec: ParamSpec, draws: Draws): ParamValue {
  if (spec.type === 'choice') return draws.pick(spec.choices);
  if (spec.type === 'flag') return draws.chance(0.5);
  return randomNumber(spec, draws);
}

/** Without bounds, numbers about as large as positions, counts and temperatures are. */
function randomNumber({ type, min, max }: NumberSpec, draws: Draws): number {
  const low = min ?? Math.min(0, max ?? 0);
  const high = Math.min(max ?? Infinity, low + 5);
  if (draws.chance(0.2)) return draws.pick([low, high]);
  return type === 'integer' ? draws.integer(Math.ceil(low), Math.floor(high)) : low + draws.uniform() * (high - low);
}
