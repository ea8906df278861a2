import { quoted } from '../excerpt.js';
import type { Fault } from '../fault.js';
import { childPath, type JsonPath } from '../json-path.js';
import { maxKeyLength } from '../limits.js';
import { importPattern, importRule, listing } from '../names.js';
import type { Faults } from './fault-list.js';
import { isList } from './json.js';
import { readText, refuse, type Spot } from './read-fields.js';

/** What is wrong with a module, in the words of a fault. */
export type ImportProblem = Pick<Fault, 'message' | 'expected' | 'found'>;

/**
 * What became of a module that a document imports. `loaded`: its nodes are in the registry. `left-out`: it was not
 * loaded, which is a fault of a document that has kinds that nobody knows. `failed`: always a fault.
 */
export type ImportOutcome = { readonly state: 'loaded' } | ({ readonly state: 'left-out' | 'failed' } & ImportProblem);

/**
 * Tells what became of a module. `from` is the document that imports it, as seen from the checked one: '' for that
 * itself, `./parts/a.json` for one that it includes.
 */
export type FindImport = (module: string, from: string) => ImportOutcome;

export interface ImportSyntax {
  readonly path: JsonPath;
  readonly module: string;
}

/** Reads the modules that a document imports, in their order. */
export function readImports(spot: Spot | null, faults: Faults): readonly ImportSyntax[] {
  if (spot === null) return [];
  if (!isList(spot.json)) {
    refuse(faults, spot, '"imports" must be a list', 'a list of modules');
    return [];
  }
  const imports: ImportSyntax[] = [];
  const seen = new Set<string>();
  for (const [i, json] of spot.json.entries()) {
    const item = { json, path: childPath(spot.path, i) };
    const module = readText(item, 'an import', faults);
    if (module === null) continue;
    if (module.length > maxKeyLength) {
      refuse(faults, item, 'this is too long for the name of a module', `at most ${maxKeyLength} characters`);
    } else if (!importPattern.test(module)) refuse(faults, item, 'this names no module to import', importRule);
    else if (seen.has(module)) refuse(faults, item, 'this module is imported already', 'each module once');
    else imports.push({ path: item.path, module });
    seen.add(module);
  }
  return imports;
}

/** The check takes what is in the registry, whoever put it there. */
const takeRegistry: FindImport = (module) => ({
  state: 'left-out',
  message: `${quoted(module)} has not been loaded`,
  expected: 'a registry that has its nodes',
  found: 'one without',
});

/** The modules of a document that could not bring nodes, and the unknown kinds that may be theirs. */
export class MissingImports {
  /** Whether a kind that nobody knows may come from one of them. */
  readonly mayBring: boolean;
  readonly #missing: readonly (ImportSyntax & { readonly outcome: ImportOutcome })[];
  readonly #kinds = new Set<string>();

  constructor(imports: readonly ImportSyntax[], from: string, find: FindImport = takeRegistry) {
    this.#missing = imports
      .map((each) => ({ ...each, outcome: find(each.module, from) }))
      .filter(({ outcome }) => outcome.state !== 'loaded');
    this.mayBring = this.#missing.length > 0;
  }

  note(kind: string): void {
    this.#kinds.add(kind);
  }

  report(faults: Faults): void {
    const kinds = [...this.#kinds];
    const theirs = kinds.length === 0 ? '' : `; kinds that may come from it: ${listing(kinds)}`;
    for (const { path, outcome } of this.#missing) {
      if (outcome.state === 'loaded' || (outcome.state === 'left-out' && kinds.length === 0)) continue;
      const { message, expected, found } = outcome;
      faults.add({ path, message: `${message}${theirs}`, expected, found });
    }
  }
}
