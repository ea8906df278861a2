import { isRecord } from '../graph/is-record.js';
import type { ModelCall, Question } from '../graph/effects.js';
import type { ModelManifest } from '../graph/manifest.js';
import type { Canvas, Handle, PortKind, PortValues } from '../graph/values.js';
import { faultInside } from './port-faults.js';
import { lengthFault } from './port-lengths.js';

export type PortValue = PortValues[PortKind];

export const isHandle = (value: unknown): value is PortValue & Handle =>
  isRecord(value) && 'retain' in value && 'release' in value;

export const isCanvas = (value: unknown): value is Canvas =>
  isRecord(value) && 'promptLength' in value && 'tokens' in value && Array.isArray(value['tokens']);

/**
 * Whether a value is what a kind of port carries, as far as can be seen at once. Nodes are typed, but those of
 * users may come from plain JavaScript, and what they get wrong has to be found where it happens.
 */
const accepts: { readonly [K in PortKind]: (value: unknown) => boolean } = {
  canvas: isCanvas,
  block: (value) => isRecord(value) && 'fixed' in value && 'tokens' in value && Array.isArray(value['tokens']),
  'noise-level': (value) => isRecord(value) && 'alphaT' in value && 'alphaS' in value,
  scores: Array.isArray,
  positions: Array.isArray,
  flag: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  prediction: (value) => isHandle(value) && 'positions' in value,
  cache: (value) => isHandle(value) && 'follow' in value,
};

/** The ports of a node, in one order. */
export interface Signature {
  readonly inputNames: readonly string[];
  readonly inputKinds: readonly PortKind[];
  readonly outputNames: readonly string[];
  readonly outputKinds: readonly PortKind[];
  /** Whether only scores and numbers are looked into, which pass on what other nodes and models get wrong. */
  readonly trusted: boolean;
}

/** Throws an `Error` unless `outputs` holds exactly the ports, with values of their kinds that hold what they should. */
export function checkOutputs(
  outputs: unknown,
  { inputNames, inputKinds, outputNames: names, outputKinds: kinds, trusted }: Signature,
  inputs: Readonly<Record<string, unknown>>,
  manifest: ModelManifest,
): asserts outputs is Readonly<Record<string, PortValue>> {
  if (!isRecord(outputs)) throw new Error(`its step gave ${String(outputs)} in place of its outputs`);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const kind = kinds[i];
    if (name === undefined || kind === undefined) continue;
    const value: unknown = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
    if (!accepts[kind](value)) throw new Error(`its step gave no ${kind} for the output "${name}"`);
  }
  const given = Object.keys(outputs);
  if (given.length !== names.length) {
    const other = given.find((name) => !names.includes(name)) ?? '';
    throw new Error(`its step gave the output "${other}", which it does not have`);
  }
  const into = { names: inputNames, kinds: inputKinds, values: inputs };
  const out = { names, kinds, values: outputs };
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    const name = names[i];
    if (kind === undefined || name === undefined) continue;
    if (trusted && kind !== 'scores' && kind !== 'number') continue;
    const from = kind === 'canvas' ? knownTokens(inputs) : 0;
    const fault = faultInside(kind, outputs[name], manifest, from) ?? (trusted ? null : lengthFault(i, out, into));
    if (fault !== null) throw new Error(`its output "${name}" ${fault}`);
  }
}

/** How many tokens the longest canvas among the inputs has. */
function knownTokens(inputs: Readonly<Record<string, unknown>>): number {
  let most = 0;
  for (const value of Object.values(inputs)) if (isCanvas(value)) most = Math.max(most, value.tokens.length);
  return most;
}

/** Releases what among the values of an object is a handle, once each, whatever goes wrong with one of them. */
export function releaseHandles(values: unknown, except: readonly unknown[] = []): void {
  for (const value of new Set(valuesIn(values))) {
    if (!isHandle(value) || except.includes(value)) continue;
    try {
      value.release();
    } catch {
      // A handle that is already gone is what was wanted.
    }
  }
}

/** The values of what should be an object and may be anything. */
export const valuesIn = (values: unknown): readonly unknown[] => (isRecord(values) ? Object.values(values) : []);

/** The call that a node's `forward` gave. Throws an `Error` where it gave none. */
export function checkCall(call: ModelCall): ModelCall {
  const given: unknown = call;
  if (isRecord(given) && 'cache' in given && isHandle(given['cache']) && ('block' in given || 'draft' in given))
    return call;
  throw new Error('its forward gave no call of the model');
}

/** The question that a node's `ask` gave. Throws an `Error` where it gave none. */
export function checkQuestion(question: Question): Question {
  const given: unknown = question;
  if (!(isRecord(given) && 'ask' in given && 'prediction' in given && isHandle(given['prediction']))) {
    throw new Error('its ask gave no question to a prediction');
  }
  if (typeof given['ask'] === 'string' && Object.hasOwn(asks, given['ask'])) return question;
  throw new Error(`its ask gave a question "${String(given['ask'])}"; expected one of ${Object.keys(asks).join(', ')}`);
}

/** All that predictions can be asked. */
const asks: Readonly<Record<Question['ask'], true>> = {
  sample: true,
  argmax: true,
  posterior: true,
  uncertainty: true,
  'token-score': true,
  divergence: true,
};
