import path from 'node:path';
import type { FindImport, ImportOutcome } from '../graph/check/read-imports.js';
import { quoted } from '../graph/excerpt.js';
import { InputError } from '../graph/input-error.js';
import type { NodeDefinition } from '../graph/node-definition.js';
import type { Registry } from '../graph/registry.js';
import { importModule, ImportFailure } from './import-module.js';

/** A module, and the file of the document that imports it. */
export interface Wanted {
  readonly module: string;
  readonly file: string;
}

/** Kinds of nodes with those of imported modules, and what became of each module. */
export interface Imported {
  readonly registry: Registry;
  readonly outcomeOf: (wanted: Wanted) => ImportOutcome;
}

/** A module that nobody allowed to load. */
export const refused = (module: string): ImportOutcome => ({
  state: 'left-out',
  message: `${quoted(module)} is not loaded, since it is code that would run with all your rights`,
  expected:
    'leave to load it (--allow-imports, or openPipeline with { imports: "allow" }), or a registry with its nodes',
  found: 'neither',
});

/** The documents' own modules as a `FindImport`, by the file of the document that is checked. */
export const importsOf =
  (file: string, outcomeOf: (wanted: Wanted) => ImportOutcome): FindImport =>
  (module, from) =>
    outcomeOf({ module, file: from === '' ? file : path.join(path.dirname(file), from) });

/**
 * Loads modules, one after the other, and adds their nodes to a registry. It never throws: what a module does wrong is
 * in its outcome, and the nodes of the others are there all the same.
 */
export async function loadImports(wanted: readonly Wanted[], base: Registry): Promise<Imported> {
  const outcomes = new Map<string, ImportOutcome>();
  const owners = new Map<NodeDefinition, string>();
  let registry = base;
  for (const each of wanted) {
    if (outcomes.has(keyOf(each))) continue;
    try {
      const definitions = await importModule(each.module, each.file);
      registry = registry.with(freshOf(definitions, registry, owners));
      for (const definition of definitions) owners.set(definition, each.module);
      outcomes.set(keyOf(each), { state: 'loaded' });
    } catch (error) {
      if (!(error instanceof ImportFailure)) throw error;
      const message = `${quoted(each.module)} cannot be imported: ${error.message}`;
      outcomes.set(keyOf(each), { state: 'failed', message, expected: error.expected, found: quoted(each.module) });
    }
  }
  return { registry, outcomeOf: (each) => outcomes.get(keyOf(each)) ?? refused(each.module) };
}

/** A registry that has the nodes of modules as well, as seen from `file`. Throws one `InputError` with every fault. */
export async function withImports(modules: readonly string[], file: string, base: Registry): Promise<Registry> {
  const wanted = modules.map((module) => ({ module, file }));
  const { registry, outcomeOf } = await loadImports(wanted, base);
  const faults = wanted.flatMap((each) => {
    const outcome = outcomeOf(each);
    return outcome.state === 'loaded' ? [] : [`${outcome.message}; expected ${outcome.expected}`];
  });
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  return registry;
}

const keyOf = ({ module, file }: Wanted): string => JSON.stringify([file, module]);

/** Those that the registry does not have yet. Throws an `ImportFailure` where another one has the same kind. */
function freshOf(
  definitions: readonly NodeDefinition[],
  registry: Registry,
  owners: ReadonlyMap<NodeDefinition, string>,
): readonly NodeDefinition[] {
  const fresh = new Map<string, NodeDefinition>();
  for (const definition of definitions) {
    const { kind } = definition;
    const known = registry.get(kind);
    if (known === definition) continue;
    if (known !== undefined) {
      const owner = owners.get(known) ?? 'the registry';
      throw new ImportFailure(`it defines the kind "${kind}", which ${owner} has already`, 'another name for it');
    }
    if (fresh.has(kind)) throw new ImportFailure(`it defines the kind "${kind}" twice`, 'each kind once');
    fresh.set(kind, definition);
  }
  return [...fresh.values()];
}
