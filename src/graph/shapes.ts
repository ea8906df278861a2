import { isRecord } from './is-record.js';
import { didYouMean, listing } from './names.js';
import type { Shape } from './values.js';

/** The number that each shape has, and whether a value will do for it. */
const shapes: {
  readonly [S in Shape['shape']]: {
    readonly field: string;
    readonly rule: string;
    readonly fits: (value: number) => boolean;
  };
} = {
  temperature: { field: 'value', rule: 'a number, 0 or more', fits: (value) => value >= 0 },
  'top-k': { field: 'count', rule: 'an integer, 1 or more', fits: (value) => Number.isInteger(value) && value >= 1 },
  nucleus: { field: 'mass', rule: 'a number from 0 to 1', fits: (value) => value >= 0 && value <= 1 },
  'min-p': { field: 'ratio', rule: 'a number from 0 to 1', fits: (value) => value >= 0 && value <= 1 },
};

const isName = (name: unknown): name is Shape['shape'] => typeof name === 'string' && Object.hasOwn(shapes, name);

/** Throws an `Error` for a shape that predictions do not have. Nodes from plain JavaScript may ask for any. */
export function checkShape(shape: Shape): void {
  const given: unknown = shape;
  const name = isRecord(given) ? given['shape'] : given;
  if (!isRecord(given) || !isName(name)) {
    const names = Object.keys(shapes);
    const found = typeof name === 'string' ? `"${name}"` : String(name);
    const hint = typeof name === 'string' ? didYouMean(name, names) : '';
    throw new Error(`a prediction cannot be shaped by ${found}: expected one of ${listing(names)}${hint}`);
  }
  const { field, rule, fits } = shapes[name];
  const value = given[field];
  if (typeof value === 'number' && fits(value)) return;
  throw new Error(`a prediction shaped by ${name} needs a ${field}, ${rule}, not ${String(value)}`);
}
