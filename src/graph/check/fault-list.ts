import { excerpt, shortened } from '../excerpt.js';
import { formatPlace, type Fault } from '../fault.js';
import type { JsonPath } from '../json-path.js';
import { maxFaults, maxFaultText } from '../limits.js';
import { nearest } from '../names.js';

/** A fault, or how to describe it: descriptions that take work are made only for faults that are listed. */
export type FaultSource = Fault | (() => Fault);

/** Where checks leave what they find. */
export interface Faults {
  add(fault: FaultSource): void;
}

const describe = (fault: FaultSource): Fault => (typeof fault === 'function' ? fault() : fault);

/** Drops faults: for what has been checked before. */
export const unheard: Faults = { add: () => undefined };

/** Collects faults, up to a bound on their number and on their text. */
export class FaultList implements Faults {
  readonly #list: Fault[] = [];
  #text = 0;
  #more = 0;

  add(source: FaultSource): void {
    if (this.#list.length >= maxFaults || this.#text >= maxFaultText) {
      this.#more += 1;
      return;
    }
    const described = describe(source);
    const [path, message] = [shortened(described.path), shortened(described.message)];
    const [expected, found] = [shortened(described.expected), shortened(described.found)];
    this.#text += path.length + message.length + expected.length + found.length;
    this.#list.push({ ...described, path, message, expected, found });
  }

  get list(): readonly Fault[] {
    if (this.#more === 0) return this.#list;
    const found = `${String(this.#more)} more`;
    return [...this.#list, { path: '$', message: 'there are more faults than are listed', expected: 'none', found }];
  }
}

/** Line and column, from 1, in a text. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Faults of a document that was read from a text, with their places there. */
export function locatedFaults(faults: Faults, placeOf: (path: JsonPath) => Place): Faults {
  return {
    add: (source) => {
      faults.add(() => {
        const fault = describe(source);
        return { ...fault, ...placeOf(fault.path) };
      });
    },
  };
}

/** Counts faults on their way. */
export function watch(faults: Faults): Faults & { readonly count: number } {
  let count = 0;
  return {
    add: (fault) => {
      count += 1;
      faults.add(fault);
    },
    get count() {
      return count;
    },
  };
}

/** Faults of a document that another one includes, reported where it is included; their own places are in the message. */
export function includedFaults(faults: Faults, use: string, path: JsonPath): Faults {
  return {
    add: (source) => {
      faults.add(() => {
        const { line, column, ...fault } = describe(source);
        const at = formatPlace(fault.path, line, column);
        return { ...fault, path, message: `in ${excerpt(use)} at ${at}: ${fault.message}` };
      });
    },
  };
}

/** The field of a fault that a name close to `name` would fill. */
export function suggest(name: string, candidates: Iterable<string>): { readonly suggestion?: string } {
  const suggestion = nearest(name, candidates);
  return suggestion === undefined ? {} : { suggestion };
}
