import { quoted } from '../excerpt.js';
import { childPath } from '../json-path.js';
import { maxFiles, maxKeyLength, maxTotalText } from '../limits.js';
import { listing } from '../names.js';
import { migrate } from '../migrations.js';
import type { Registry } from '../registry.js';
import type { Budget } from './budget.js';
import { includedFaults, locatedFaults, suggest, watch, type Faults } from './fault-list.js';
import { readJson } from './json-text.js';
import { toJson } from './json.js';
import { readDocument } from './read-document.js';
import type { FindImport } from './read-imports.js';
import { everyNode, unreadable, type DocumentSyntax, type GraphSyntax, type UseSyntax } from './syntax.js';

/**
 * Looks up a document beside the one that is checked, by a path that starts with `./` or `../`. Gives its text,
 * or a value like those that `checkPipeline` takes; `undefined` where there is none.
 */
export type Resolve = (use: string) => unknown;

/** A graph of the pipeline, of its subgraphs, or of a document that it includes. */
export interface LibraryGraph {
  /** Unique: '' for the pipeline, `#name` for its subgraphs, `./file` and `./file#name` for those of other files. */
  readonly key: string;
  readonly graph: GraphSyntax;
  readonly faults: Faults;
  /** Uses of other graphs with the keys of those. Uses that lead nowhere are left out. */
  readonly uses: ReadonlyMap<UseSyntax, string>;
}

export type Library = ReadonlyMap<string, LibraryGraph>;

/** Graphs, and the modules that their documents import, as seen from the checked document. */
export interface Gathered {
  readonly library: Library;
  readonly imports: ReadonlySet<string>;
}

export const mainKey = '';

/** A document whose graphs are being gathered. */
interface Source {
  /** '' for the pipeline, a normalized path for other documents. */
  readonly file: string;
  readonly document: DocumentSyntax;
  readonly faults: Faults;
}

/** Where a check looks for what is not in the document itself. */
export interface Surroundings {
  readonly registry: Registry;
  readonly resolve: Resolve | undefined;
  readonly findImport: FindImport | undefined;
}

interface Search extends Surroundings {
  readonly budget: Budget;
  readonly files: Map<string, Source | null>;
  readonly waiting: Source[];
}

/** Gathers every graph that a pipeline can use. Reports uses that lead nowhere, and faults of included documents. */
export function gatherLibrary(
  document: DocumentSyntax,
  faults: Faults,
  surroundings: Surroundings,
  budget: Budget,
): Gathered {
  const search: Search = { ...surroundings, budget, files: new Map(), waiting: [{ file: '', document, faults }] };
  const library = new Map<string, LibraryGraph>();
  const imports = new Set<string>();
  for (let source = search.waiting.shift(); source !== undefined; source = search.waiting.shift()) {
    const { root, graphs } = source.document;
    for (const module of source.document.imports) {
      imports.add(isFile(module) ? joinPath(source.file, module) : module);
    }
    add(library, source.file, root, source, search);
    for (const [name, graph] of graphs) {
      if (graph !== null) add(library, `${source.file}#${name}`, graph, source, search);
    }
  }
  return { library, imports };
}

function add(
  library: Map<string, LibraryGraph>,
  key: string,
  graph: GraphSyntax,
  source: Source,
  search: Search,
): void {
  const uses = new Map<UseSyntax, string>();
  for (const { node } of everyNode(graph.nodes)) {
    if (node.type !== 'graph' || node.use === null) continue;
    const target = isFile(node.use) ? findFile(node, node.use, source, search) : findName(node, node.use, source);
    if (target !== null) uses.set(node, target);
  }
  library.set(key, { key, graph, faults: source.faults, uses });
}

function findName(node: UseSyntax, use: string, { file, document, faults }: Source): string | null {
  const graph = document.graphs.get(use);
  if (graph === null || document.graphs === unreadable) return null;
  if (graph !== undefined) return `${file}#${use}`;
  const { graphs } = document;
  faults.add(() => ({
    path: childPath(node.path, 'use'),
    message: `there is no subgraph ${quoted(use)}`,
    expected:
      graphs.size === 0
        ? 'a name in "graphs", or a path with ./'
        : `one of ${listing(graphs.keys())}, or a path with ./`,
    found: quoted(use),
    ...suggest(use, graphs.keys()),
  }));
  return null;
}

function findFile(node: UseSyntax, use: string, source: Source, search: Search): string | null {
  const file = joinPath(source.file, use);
  const known = search.files.get(file);
  if (known !== undefined) return known === null ? null : file;
  const loaded = loadFile(file, childPath(node.path, 'use'), source, search);
  search.files.set(file, loaded);
  if (loaded === null) return null;
  search.waiting.push(loaded);
  return file;
}

function loadFile(file: string, path: string, source: Source, search: Search): Source | null {
  const { resolve, budget } = search;
  const report = (message: string, expected = 'a pipeline beside this one'): null => {
    source.faults.add({ path, message, expected, found: quoted(file) });
    return null;
  };
  if (resolve === undefined) return report('other documents cannot be included here');
  if (file.length > maxKeyLength) return report('this path is too long', `at most ${maxKeyLength} characters`);
  if (!budget.takeFile()) return report('too many documents are included', `at most ${maxFiles}`);
  let value: unknown;
  try {
    value = resolve(file);
  } catch (error) {
    return report(
      `${quoted(file)} cannot be read${error instanceof Error ? `: ${error.message.replace(/\.$/, '')}` : ''}`,
    );
  }
  if (value === undefined) return report(`there is no document ${quoted(file)}`);
  if (typeof value === 'string' && !budget.takeText(value.length)) {
    return report('the included documents are too long', `at most ${maxTotalText} characters in all of them`);
  }
  return readSource(file, value, includedFaults(source.faults, file, path), search);
}

function readSource(file: string, given: unknown, found: Faults, search: Search): Source | null {
  const text = typeof given === 'string' ? readJson(given, found) : null;
  if (typeof given === 'string' && text === null) return null;
  const faults = watch(text === null ? found : locatedFaults(found, text.placeOf));
  const json = migrate(toJson(text === null ? given : text.value, faults, search.budget), faults);
  const { registry, findImport } = search;
  const unreadableJson = faults.count > 0 && json === null;
  const document = unreadableJson ? null : readDocument(json, { registry, faults, findImport, file });
  return document === null ? null : { file, document, faults };
}

const isFile = (use: string): boolean => use.startsWith('./') || use.startsWith('../');

/** A path from the first document, whichever document names it: `./parts/a.json` + `../b.json` = `./b.json`. */
function joinPath(from: string, use: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of use.split('/')) {
    if (part === '' || part === '.') continue;
    const last = parts.at(-1);
    if (part === '..' && last !== undefined && last !== '..' && last !== '.') parts.pop();
    else parts.push(part);
  }
  const joined = parts.filter((part) => part !== '.').join('/');
  return joined.startsWith('../') ? joined : `./${joined}`;
}
