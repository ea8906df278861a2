import { match } from 'ts-pattern';
import type { BranchEntry, GraphDocument, NodeEntries, NodeEntry, ParamEntry, PipelineDocument } from '../document.js';
import { currentFormat } from '../migrations.js';
import { byCodeUnit } from '../names.js';
import { mainKey, type Library, type LibraryGraph } from './library.js';
import type {
  ArgumentSyntax,
  BranchSyntax,
  DocumentSyntax,
  NodeSyntax,
  RefSyntax,
  RegionSyntax,
  UseSyntax,
  WiresSyntax,
} from './syntax.js';

type Names = ReadonlyMap<string, string>;

/**
 * The canonical form of a document without faults: keys sorted, empty optional parts left out, the format
 * current, and documents that it includes taken in among its `graphs`, with their imports, so that it stands by itself.
 */
export function toDocument(document: DocumentSyntax, library: Library, imports: ReadonlySet<string>): PipelineDocument {
  const names = nameGraphs(library);
  const graphs = [...library.values()].flatMap((entry): [string, GraphDocument][] =>
    entry.key === mainKey ? [] : [[names.get(entry.key) ?? entry.key, toGraph(entry, names)]],
  );
  const main = library.get(mainKey);
  return {
    ...(document.schema === null ? {} : { $schema: document.schema }),
    ...(graphs.length === 0 ? {} : { graphs: Object.fromEntries(graphs.sort(([a], [b]) => byCodeUnit(a, b))) }),
    format: currentFormat,
    ...optional('imports', [...imports].sort(byCodeUnit)),
    name: document.name,
    ...(main === undefined ? { nodes: {}, outputs: {} } : toGraph(main, names)),
  };
}

/** Subgraphs of the document keep their names; those of other files get names after the files. */
function nameGraphs(library: Library): Names {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const keys = [...library.keys()].filter((key) => key !== mainKey).sort(byCodeUnit);
  for (const key of keys.filter((candidate) => candidate.startsWith('#'))) {
    names.set(key, key.slice(1));
    taken.add(key.slice(1));
  }
  for (const key of keys) {
    if (names.has(key)) continue;
    const words = key
      .replace(/\.json(?=#|$)/, '')
      .split(/[^A-Za-z0-9]+/)
      .filter((word) => word !== '');
    const base = /^[A-Za-z]/.test(words[0] ?? '') ? words.join('-') : ['graph', ...words].join('-');
    let name = base;
    for (let i = 2; taken.has(name); i += 1) name = `${base}-${String(i)}`;
    names.set(key, name);
    taken.add(name);
  }
  return names;
}

function toGraph({ graph, uses }: LibraryGraph, names: Names): GraphDocument {
  const places = entriesOf(graph.layout, ({ x, y }) => ({ x, y }));
  return {
    ...(graph.description === null ? {} : { description: graph.description }),
    ...optional(
      'params',
      entriesOf(graph.params, (spec) => spec),
    ),
    ...optional(
      'inputs',
      entriesOf(graph.inputs, (kind) => kind),
    ),
    nodes: toEntries(graph.nodes, uses, names),
    outputs: toRefs(graph.outputs),
    ...optional('layout', places),
  };
}

type Uses = ReadonlyMap<UseSyntax, string>;

function toEntries(region: RegionSyntax, uses: Uses, names: Names): NodeEntries {
  return Object.fromEntries(
    [...region].flatMap(([id, node]): [string, NodeEntry][] => {
      const entry = toEntry(node, uses, names);
      return entry === null ? [] : [[id, entry]];
    }),
  );
}

function toEntry(node: NodeSyntax, uses: Uses, names: Names): NodeEntry | null {
  return match(node)
    .returnType<NodeEntry | null>()
    .with({ type: 'unit' }, ({ kind, ...unit }) => ({ kind, ...toIncoming(unit) }))
    .with({ type: 'graph' }, (unit) => ({
      kind: 'graph',
      use: names.get(uses.get(unit) ?? '') ?? '',
      ...toIncoming(unit),
      ...(unit.draft ? { draft: true } : {}),
    }))
    .with({ type: 'loop' }, (loop) => ({
      kind: 'loop',
      carry: toRefs(loop.carry),
      max: loop.max === null ? 0 : toParam(loop.max),
      ...(loop.until === null || loop.until === undefined ? {} : { until: toRef(loop.until) }),
      body: toEntries(loop.body, uses, names),
      next: toRefs(loop.next),
    }))
    .with({ type: 'if' }, (branching) => ({
      kind: 'if',
      flag: branching.flag === null ? '' : toRef(branching.flag),
      then: toBranch(branching.then, uses, names),
      else: toBranch(branching.else, uses, names),
    }))
    .with({ type: 'broken' }, () => null)
    .exhaustive();
}

function toIncoming(node: Pick<UseSyntax, 'in' | 'params'>) {
  return {
    ...optional('in', entriesOf(node.in.refs, toRef)),
    ...optional('params', entriesOf(node.params.values, toParam)),
  };
}

function toBranch(branch: BranchSyntax | null, uses: Uses, names: Names): BranchEntry {
  if (branch === null) return { outputs: {} };
  return { ...optional('nodes', toEntries(branch.nodes, uses, names)), outputs: toRefs(branch.outputs) };
}

const toRefs = (wires: WiresSyntax): Readonly<Record<string, string>> => entriesOf(wires.refs, toRef);

const toRef = (ref: RefSyntax): string => `${ref.node}.${ref.port}`;

const toParam = (argument: ArgumentSyntax): ParamEntry =>
  argument.type === 'value' ? argument.value : { $param: argument.param };

/** The entries that are not broken, as an object. */
function entriesOf<T, U>(map: ReadonlyMap<string, T | null>, convert: (entry: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(
    [...map].flatMap(([key, entry]): [string, U][] => (entry === null ? [] : [[key, convert(entry)]])),
  );
}

function optional<K extends string, V extends object>(key: K, value: V): { readonly [P in K]?: V } {
  const field: { [P in K]?: V } = {};
  if (Object.keys(value).length > 0) field[key] = value;
  return field;
}
