import type { z } from 'zod';

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/** A value that fits a schema, or what keeps it from that. */
export type SchemaOutcome<T> =
  { readonly success: true; readonly data: T } | { readonly success: false; readonly faults: readonly string[] };

/** Checks a value; every fault says where, what was expected and what was found: `layers: expected a number above 0, found -1`. */
export function checkSchema<T>(schema: z.ZodType<T>, value: unknown): SchemaOutcome<T> {
  const result = schema.safeParse(value, { error: wordsOf });
  if (result.success) return result;
  return { success: false, faults: result.error.issues.flatMap((issue) => faultsOf(issue, [])) };
}

/** An issue with its place. Of several forms that a value may have, it is told what keeps it from the one that it is closest to. */
function faultsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, next) => (next.length < best.length ? next : best));
    return closest.flatMap((each) => faultsOf(each, path));
  }
  return [`${path.map(String).join('.') || 'the whole'}: ${issue.message}`];
}

const wordsOf = (issue: Issue): string => {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.map(quoted).join(', ')} is not known`;
  return `expected ${expectedBy(issue)}, found ${foundIn(issue)}`;
};

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small': {
      const { minimum, inclusive } = issue;
      if (issue.origin === 'string') return 'a text that is not empty';
      return issue.origin === 'array'
        ? `a list of at least ${String(minimum)}`
        : `a number ${inclusive === false ? 'above' : 'of at least'} ${String(minimum)}`;
    }
    case 'too_big': {
      const { maximum, inclusive } = issue;
      return issue.origin === 'array'
        ? `a list of at most ${String(maximum)}`
        : `a number ${inclusive === false ? 'below' : 'of at most'} ${String(maximum)}`;
    }
    case 'invalid_union':
      return Array.isArray(issue.options) ? oneOf(issue.options) : 'something else';
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return 'something else';
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

const quoted = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));
const oneOf = (values: readonly unknown[]): string => values.map(quoted).join(' or ');

/** What stands at the place of an issue. That of a union is the object with the key that tells its members apart. */
function foundIn(issue: Issue): string {
  const { input } = issue;
  if (issue.code !== 'invalid_union' || typeof issue.discriminator !== 'string') return found(input);
  const entries = typeof input === 'object' && input !== null ? Object.entries(input) : [];
  return found(entries.find(([key]) => key === issue.discriminator)?.[1]);
}

const longest = 40;

/** A value in words, short whatever it is. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = quoted(value);
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}
