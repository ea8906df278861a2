import { match } from 'ts-pattern';
import { quoted } from './excerpt.js';
import { listing, nearest } from './names.js';
import type { ChoiceSpec, NumberSpec, ParamSpec, ParamValue } from './params.js';

/** What is wrong with a parameter, wherever it is. */
export interface ParamProblem {
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly suggestion?: string;
}

/** Whether it must be set: it has no default and may not be left out. */
export function isRequired(spec: ParamSpec): boolean {
  return spec.default === undefined && !(isNumeric(spec) && spec.optional === true);
}

export function isNumeric(spec: ParamSpec): spec is NumberSpec {
  return spec.type === 'number' || spec.type === 'integer';
}

/** The values of a parameter in words: `an integer from 1 to 8`, `one of nll, entropy`, `true or false`. */
export function describeValues(spec: ParamSpec): string {
  return match(spec)
    .with({ type: 'choice' }, ({ choices }) => `one of ${listing(choices)}`)
    .with({ type: 'flag' }, () => 'true or false')
    .with({ type: 'integer' }, { type: 'number' }, (numeric) => {
      const noun = numeric.type === 'integer' ? 'an integer' : 'a number';
      return `${noun}${describeBounds(numeric)}`;
    })
    .exhaustive();
}

/** What keeps a value from being one of those that the spec describes. */
export function valueProblem(spec: ParamSpec, name: string, value: ParamValue): ParamProblem | undefined {
  return isValue(spec, value) ? undefined : refusedValue(spec, name, value);
}

/** What to say of a value that is none of those that the spec describes. */
export function refusedValue(spec: ParamSpec, name: string, value: ParamValue): ParamProblem {
  const found = showValue(value);
  const suggestion = spec.type === 'choice' && typeof value === 'string' ? nearest(value, spec.choices) : undefined;
  return {
    message: `parameter ${quoted(name)} cannot be ${found}`,
    expected: describeValues(spec),
    found,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/**
 * What keeps a declared parameter from standing where `needed` describes the values. Bounds are compared
 * where both sides state them; values that are bound later are checked then.
 */
export function fitProblem(
  declared: { readonly name: string; readonly spec: ParamSpec },
  needed: { readonly name: string; readonly spec: ParamSpec },
): ParamProblem | undefined {
  const { spec } = declared;
  const message = `parameter ${quoted(declared.name)} does not fit ${quoted(needed.name)}`;
  const expected = describeValues(needed.spec);
  if (!sameSort(spec, needed.spec)) return { message, expected, found: describeValues(spec) };
  if (isNumeric(spec) && isNumeric(needed.spec)) {
    const below = spec.min !== undefined && needed.spec.min !== undefined && spec.min < needed.spec.min;
    const above = spec.max !== undefined && needed.spec.max !== undefined && spec.max > needed.spec.max;
    const apart =
      (spec.max !== undefined && needed.spec.min !== undefined && spec.max < needed.spec.min) ||
      (spec.min !== undefined && needed.spec.max !== undefined && spec.min > needed.spec.max);
    if (below || above || apart) return { message, expected, found: describeValues(spec) };
    if (spec.optional === true && needed.spec.optional !== true) {
      return { message, expected: 'a parameter that always has a value', found: 'one that may be left out' };
    }
  }
  if (spec.default !== undefined && !isValue(needed.spec, spec.default)) {
    return { message, expected, found: `default ${showValue(spec.default)}` };
  }
  return undefined;
}

/** Contradictions inside a spec, by field. */
export function specProblems(spec: ParamSpec): readonly (ParamProblem & { readonly field: string })[] {
  const own = match(spec)
    .with({ type: 'integer' }, { type: 'number' }, numberProblems)
    .with({ type: 'choice' }, choiceProblems)
    .with({ type: 'flag' }, () => [])
    .exhaustive();
  if (own.length > 0 || spec.default === undefined || isValue(spec, spec.default)) return own;
  const found = showValue(spec.default);
  const expected = describeValues(spec);
  return [
    { field: 'default', message: `the default ${found} is not allowed by the parameter itself`, expected, found },
  ];
}

const showValue = (value: ParamValue): string => (typeof value === 'string' ? quoted(value) : String(value));

/** Whether a value is one of those that the spec describes. */
export function isValue(spec: ParamSpec, value: ParamValue): boolean {
  return match(spec)
    .with({ type: 'choice' }, ({ choices }) => choices.some((known) => known === value))
    .with({ type: 'flag' }, () => typeof value === 'boolean')
    .with({ type: 'integer' }, { type: 'number' }, ({ type, min, max }) => {
      if (typeof value !== 'number' || !Number.isFinite(value)) return false;
      if (type === 'integer' && !Number.isSafeInteger(value)) return false;
      return (min === undefined || value >= min) && (max === undefined || value <= max);
    })
    .exhaustive();
}

function sameSort(declared: ParamSpec, needed: ParamSpec): boolean {
  if (declared.type === 'choice' && needed.type === 'choice') {
    const known = new Set(needed.choices);
    return declared.choices.every((value) => known.has(value));
  }
  return declared.type === needed.type || (declared.type === 'integer' && needed.type === 'number');
}

function numberProblems(spec: NumberSpec): (ParamProblem & { field: string })[] {
  const problems: (ParamProblem & { field: string })[] = [];
  for (const field of ['min', 'max', 'default'] as const) {
    const value = spec[field];
    if (spec.type === 'integer' && value !== undefined && !Number.isSafeInteger(value)) {
      const message = `the ${field} of an integer must be an integer`;
      problems.push({ field, message, expected: 'an integer', found: String(value) });
    }
  }
  if (spec.min !== undefined && spec.max !== undefined && spec.min > spec.max) {
    const expected = `at most ${String(spec.max)}`;
    problems.push({ field: 'min', message: 'min is larger than max', expected, found: String(spec.min) });
  }
  if (spec.optional === true && spec.default !== undefined) {
    const message = 'a parameter with a default is never left out';
    problems.push({ field: 'optional', message, expected: 'either optional or a default', found: 'both' });
  }
  return problems;
}

function choiceProblems(spec: ChoiceSpec): (ParamProblem & { field: string })[] {
  if (spec.choices.length === 0) {
    return [{ field: 'choices', message: 'there is nothing to choose from', expected: 'a choice', found: 'none' }];
  }
  const seen = new Set<string>();
  const twice = spec.choices.find((value) => seen.size === seen.add(value).size);
  if (twice === undefined) return [];
  return [{ field: 'choices', message: 'a choice is listed twice', expected: 'each once', found: quoted(twice) }];
}

function describeBounds({ min, max }: NumberSpec): string {
  if (min !== undefined && max !== undefined) return ` from ${String(min)} to ${String(max)}`;
  if (min !== undefined) return `, ${String(min)} or more`;
  return max === undefined ? '' : `, ${String(max)} or less`;
}
