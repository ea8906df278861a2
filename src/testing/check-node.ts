import { objectionsTo } from '../graph/definition-objections.js';
import { messageOf } from '../graph/message-of.js';
import type { ModelManifest } from '../graph/manifest.js';
import type { NodeDefinition, Ports } from '../graph/node-definition.js';
import type { ParamSpecs, ParamValue } from '../graph/params.js';
import type { Block, PortKind, PortValues } from '../graph/values.js';
import { isHandle, releaseHandles } from '../runtime/port-check.js';
import { Draws } from './draws.js';
import { fire } from './fire.js';
import { NodeFault } from './ledger.js';
import { faultIn, textOf } from './port-values.js';
import { randomParams, RandomRow } from './random-inputs.js';
import type { TableDenoiser } from './table-denoiser.js';
import { tinyModel } from './tiny-model.js';

type Values = Readonly<Record<string, PortValues[PortKind]>>;

/** What a node is about to be fired with. */
export interface Trial {
  readonly inputs: Values;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly manifest: ModelManifest;
}

export interface CheckNodeOptions {
  /** How many random firings; 100 when left out. */
  readonly rounds?: number;
  /** 1 when left out. */
  readonly seed?: number;
  /** Models to fire on, in turn; absorbing and uniform noise, with an end-of-sequence token and without, when left out. */
  readonly models?: readonly { readonly denoiser: TableDenoiser }[];
  /** Which firings make sense, where not all do that the kinds of the ports allow. */
  readonly when?: (trial: Trial) => boolean;
}

/**
 * Fires a node on random inputs of the right kinds and gives every rule that it breaks, in words; none where all is well:
 *
 * - it can be registered, and its outputs are those that it declares, with values that make sense;
 * - fixed positions of a block keep their tokens;
 * - inputs are not changed, and handles are accounted for, also where it throws;
 * - the same inputs, parameters and uniforms give the same outputs.
 *
 * A node may refuse inputs by throwing an `Error`, but not all of them, and no `TypeError` and the like.
 */
export async function checkNode<I extends Ports, O extends Ports, P extends ParamSpecs>(
  definition: NodeDefinition<I, O, P>,
  options: CheckNodeOptions = {},
): Promise<readonly string[]> {
  const { objections } = objectionsTo(definition);
  if (objections.length > 0) return objections;
  return new NodeCheck(definition, options).run();
}

const usualModels = (): readonly { readonly denoiser: TableDenoiser }[] => [
  tinyModel({ blockSizes: null }),
  tinyModel({ process: 'uniform', blockSizes: null }),
  tinyModel({ eosId: 1, blockSizes: null }),
  tinyModel({ process: 'uniform', eosId: 1, blockSizes: null }),
];

class NodeCheck {
  readonly #definition: NodeDefinition;
  readonly #options: CheckNodeOptions;
  /** By what they say but for the numbers in them, so that a rule is told once. */
  readonly #faults = new Map<string, string>();
  #fired = 0;
  #refusal = '';

  constructor(definition: NodeDefinition, options: CheckNodeOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  async run(): Promise<readonly string[]> {
    const { rounds = 100, seed = 1, models = usualModels() } = this.#options;
    for (let round = 0; round < rounds; round++) {
      const model = models[round % models.length];
      if (model !== undefined) await this.#round(new Draws(seed * 2 ** 20 + round), model.denoiser);
    }
    if (this.#fired === 0 && this.#faults.size === 0) {
      const why = this.#refusal === '' ? 'no firing that makes sense was found' : `it throws: ${this.#refusal}`;
      this.#add(`it never fired in ${String(rounds)} rounds: ${why}`);
    }
    return [...this.#faults.values()];
  }

  async #round(draws: Draws, denoiser: TableDenoiser): Promise<void> {
    const { manifest } = denoiser;
    const definition = this.#definition;
    const params = randomParams(definition.params, draws);
    const row = new RandomRow(draws, denoiser);
    const inputs = row.inputs(definition.inputs);
    try {
      const objected = definition.objections?.(params, manifest).some(({ severity }) => severity === 'error') ?? false;
      if (objected || this.#options.when?.({ inputs, params, manifest }) === false) return;
      await this.#trial({ inputs, params, manifest }, row.size, denoiser, draws.integer(0, 2 ** 31));
    } catch (error) {
      this.#note(error);
    } finally {
      releaseHandles(inputs);
    }
  }

  async #trial(trial: Trial, size: number, denoiser: TableDenoiser, seed: number): Promise<void> {
    const { inputs, params, manifest } = trial;
    const before = textOf(inputs, denoiser);
    const once = async (): Promise<string> => {
      const fired = await fire(this.#definition, { inputs, params, model: { denoiser }, seed });
      try {
        for (const [name, value] of Object.entries(fired.outputs)) {
          const fault = faultIn(value, size, manifest) ?? movedFixed(inputs, value);
          if (fault !== undefined) this.#add(`its output "${name}" ${fault}`);
        }
        return textOf([fired.outputs, fired.event], denoiser);
      } finally {
        fired.release();
      }
    };
    const first = await once();
    const after = textOf(inputs, denoiser);
    if (after !== before) this.#add(`it changes its inputs: ${changed(inputs, before, denoiser)}`);
    else if ((await once()) !== first) this.#add('the same inputs, parameters and uniforms give other outputs');
    this.#fired++;
  }

  #add(fault: string): void {
    const rule = fault.replaceAll(/\d+/g, '');
    if (!this.#faults.has(rule)) this.#faults.set(rule, fault);
  }

  #note(error: unknown): void {
    const crashed = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
    if (error instanceof NodeFault) this.#add(error.message);
    else if (crashed) this.#add(`it crashes: ${error.message}`);
    else this.#refusal = messageOf(error);
  }
}

/** A block that comes out of one that goes in keeps the tokens at its fixed positions. */
function movedFixed(inputs: Values, output: unknown): string | undefined {
  if (!isBlock(output)) return undefined;
  for (const block of Object.values(inputs).filter(isBlock)) {
    const moved = output.tokens.findIndex((token, i) => block.fixed[i] === true && token !== block.tokens[i]);
    if (moved >= 0 && block.start === output.start)
      return `has another token at position ${String(moved)}, which is fixed`;
  }
  return undefined;
}

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && !isHandle(value) && 'fixed' in value && 'tokens' in value;

/** Names of the inputs that are not as they were. */
function changed(inputs: Values, before: string, denoiser: TableDenoiser): string {
  const names = Object.keys(inputs).filter((name) => !before.includes(textOf(inputs[name], denoiser)));
  return names.join(', ');
}
