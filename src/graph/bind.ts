import { match } from 'ts-pattern';
import type { CheckedGraph } from './checked-graph.js';
import { quoted } from './excerpt.js';
import { InputError } from './input-error.js';
import { didYouMean, listing } from './names.js';
import { describeValues, isRequired, valueProblem, type ParamProblem } from './param-rules.js';
import type { ParamSpec, ParamValue } from './params.js';

/**
 * The values that a pipeline's parameters have in a run: what was given, and defaults for the rest. A parameter
 * that may be left out and has no default stays out. Throws one `InputError` that lists every fault: unknown
 * names, values out of bounds or of the wrong type, what must be given and is not, and values that some
 * node does not allow, which it names.
 */
export function bindParams(
  graph: Pick<CheckedGraph, 'name' | 'params' | 'paramUses'>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, ParamValue>> {
  const faults: string[] = [];
  const bound = new Map<string, ParamValue>();
  const names = Object.keys(graph.params);
  const known = new Set(names);
  for (const name of Object.keys(given)) {
    if (!known.has(name)) faults.push(unknownParam(graph.name, name, names));
  }
  for (const [name, spec] of Object.entries(graph.params)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      if (spec.default !== undefined) bound.set(name, spec.default);
      else if (isRequired(spec)) faults.push(`parameter ${quoted(name)} must be given: ${describeValues(spec)}`);
      continue;
    }
    const plain = asParamValue(value);
    const problem = plain === null ? wrongType(spec, name, value) : valueProblem(spec, name, plain);
    if (problem !== undefined) faults.push(sentence(problem));
    else if (plain !== null) bound.set(name, plain);
  }
  for (const fault of nodeFaults(graph, bound)) faults.push(fault);
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  return Object.fromEntries(bound);
}

/** A parameter's value from a command line. Throws an `InputError` where the text is no such value. */
export function parseParam(spec: ParamSpec, name: string, text: string): ParamValue {
  const value = match(spec)
    .returnType<ParamValue | undefined>()
    .with({ type: 'choice' }, () => text)
    .with({ type: 'flag' }, () => (text === 'true' ? true : text === 'false' ? false : undefined))
    .with({ type: 'integer' }, { type: 'number' }, () => (isNumeral(text) ? Number(text) : undefined))
    .exhaustive();
  const problem = value === undefined ? wrongType(spec, name, text) : valueProblem(spec, name, value);
  if (value === undefined || problem !== undefined)
    throw new InputError(sentence(problem ?? wrongType(spec, name, text)));
  return value;
}

/** Parameters from `name=value` texts, later ones winning, for a pipeline. Throws one `InputError` for all faults. */
export function parseParams(
  graph: Pick<CheckedGraph, 'name' | 'params'>,
  settings: readonly string[],
): Readonly<Record<string, ParamValue>> {
  const values = new Map<string, ParamValue>();
  const faults: string[] = [];
  for (const setting of settings) {
    const split = setting.indexOf('=');
    const name = setting.slice(0, Math.max(split, 0)).trim();
    const spec = Object.hasOwn(graph.params, name) ? graph.params[name] : undefined;
    if (split < 1) faults.push(`${quoted(setting)} is not a setting: expected name=value`);
    else if (spec === undefined) faults.push(unknownParam(graph.name, name, Object.keys(graph.params)));
    else {
      try {
        values.set(name, parseParam(spec, name, setting.slice(split + 1).trim()));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        faults.push(error.message);
      }
    }
  }
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  return Object.fromEntries(values);
}

function nodeFaults({ paramUses }: Pick<CheckedGraph, 'paramUses'>, bound: ReadonlyMap<string, ParamValue>): string[] {
  return paramUses.flatMap(({ param, path, name, spec }) => {
    const value = bound.get(param);
    const problem = value === undefined ? undefined : valueProblem(spec, name, value);
    if (problem === undefined) return [];
    return [
      `parameter ${quoted(param)} sets ${quoted(name)} of node ${quoted(path)}: expected ${problem.expected}, found ${problem.found}`,
    ];
  });
}

function unknownParam(pipeline: string, name: string, names: readonly string[]): string {
  const known = names.length === 0 ? 'it has none' : `it has ${listing(names)}`;
  const hint = didYouMean(name, names);
  return `pipeline ${quoted(pipeline)} has no parameter ${quoted(name)}: ${known}${hint}`;
}

function asParamValue(value: unknown): ParamValue | null {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function wrongType(spec: ParamSpec, name: string, value: unknown): ParamProblem {
  const found = typeof value === 'string' ? quoted(value) : value === null ? 'null' : `of type ${typeof value}`;
  return { message: `parameter ${quoted(name)} cannot be ${found}`, expected: describeValues(spec), found };
}

/** Only plain decimal numbers: not `0x10`, `Infinity` or nothing, which `Number` takes as well. */
const isNumeral = (text: string): boolean => /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);

function sentence({ message, expected, suggestion }: ParamProblem): string {
  return `${message}: expected ${expected}${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
}
