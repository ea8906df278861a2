import { quoted } from '../excerpt.js';
import { rootPath } from '../json-path.js';
import { inputId, listing } from '../names.js';
import type { Registry } from '../registry.js';
import { portKinds, type PortKind } from '../values.js';
import { suggest, type Faults } from './fault-list.js';
import { showJson, type Json } from './json.js';
import {
  readEntries,
  readFields,
  readNamed,
  readNumber,
  readText,
  refuse,
  type Fields,
  type Spot,
} from './read-fields.js';
import { MissingImports, readImports, type FindImport } from './read-imports.js';
import { readRegion, readWires, type NodeReading } from './read-nodes.js';
import { readParamSpec } from './read-params.js';
import {
  everyNode,
  unreadable,
  type DocumentSyntax,
  type GraphSyntax,
  type PlaceSyntax,
  type RegionSyntax,
} from './syntax.js';

const graphFields = ['description', 'params', 'inputs', 'layout'] as const;

/** What reading a document takes. */
export interface DocumentReading {
  readonly registry: Registry;
  readonly faults: Faults;
  readonly findImport: FindImport | undefined;
  /** The document as seen from the one that is checked; '' for that itself. */
  readonly file: string;
}

/** Reads a document of the current format. `null` where it is no object at all. */
export function readDocument(
  json: Json,
  { registry, faults, findImport, file }: DocumentReading,
): DocumentSyntax | null {
  const spot = { json, path: rootPath };
  const shape = {
    required: ['format', 'name', 'nodes', 'outputs'],
    optional: ['$schema', 'imports', 'graphs', ...graphFields],
  } as const;
  const fields = readFields(spot, 'a pipeline', shape, faults);
  if (fields === null) return null;
  const imports = readImports(fields('imports'), faults);
  const missing = new MissingImports(imports, file, findImport);
  const reading = { registry, faults, missing };
  const document = {
    schema: readText(fields('$schema'), 'the address of a schema', faults),
    name: readName(fields('name'), faults),
    imports: imports.map(({ module }) => module),
    root: readGraph(spot, fields, reading),
    graphs: readNamed(fields('graphs'), '"graphs"', faults, (entry) => {
      const graphShape = { required: ['nodes', 'outputs'], optional: graphFields } as const;
      const own = readFields(entry, 'a subgraph', graphShape, faults);
      return own === null ? null : readGraph(entry, own, reading);
    }),
  };
  missing.report(faults);
  return document;
}

function readName(spot: Spot | null, faults: Faults): string {
  const name = readText(spot, 'the name of a pipeline', faults);
  if (spot !== null && name !== null && name.trim() === '') {
    refuse(faults, spot, 'a pipeline needs a name', 'text that is not empty');
  }
  return name ?? '';
}

function readGraph(
  spot: Spot,
  fields: Fields<'nodes' | 'outputs' | (typeof graphFields)[number]>,
  reading: NodeReading,
): GraphSyntax {
  const { faults } = reading;
  const nodes = readRegion(fields('nodes'), '"nodes"', reading);
  return {
    path: spot.path,
    description: readText(fields('description'), 'a description', faults),
    params: readNamed(fields('params'), '"params"', faults, (entry, name) => readParamSpec(entry, name, faults)),
    inputs: readNamed(fields('inputs'), '"inputs"', faults, (entry) => readPortKind(entry, faults)),
    nodes,
    outputs: readWires(fields('outputs'), { owner: spot.path, field: 'outputs' }, faults),
    layout: readLayout(fields('layout'), nodes, faults),
  };
}

function readPortKind(spot: Spot, faults: Faults): PortKind | null {
  const text = readText(spot, 'a kind of port', faults);
  if (text === null) return null;
  if (isPortKind(text)) return text;
  const kinds = Object.keys(portKinds);
  const expected = `one of ${listing(kinds)}`;
  const message = `there is no kind of port ${showJson(text)}`;
  faults.add(() => ({ path: spot.path, message, expected, found: showJson(text), ...suggest(text, kinds) }));
  return null;
}

const isPortKind = (text: string): text is PortKind => Object.hasOwn(portKinds, text);

/** Places are by path of the node in this graph, or `input`. */
function readLayout(spot: Spot | null, nodes: RegionSyntax, faults: Faults): ReadonlyMap<string, PlaceSyntax | null> {
  const known = new Set([inputId, ...[...everyNode(nodes)].map(({ path }) => path)]);
  const layout = new Map<string, PlaceSyntax | null>();
  for (const [path, entry] of readEntries(spot, '"layout"', faults)) {
    if (!known.has(path) && nodes !== unreadable) {
      const message = `there is no node ${quoted(path)} to place`;
      const expected = 'the path of a node, such as "loop/node"';
      faults.add(() => ({ path: entry.path, message, expected, found: showJson(path), ...suggest(path, known) }));
    }
    const fields = readFields(entry, 'a place', { required: ['x', 'y'], optional: [] }, faults);
    const x = readNumber(fields?.('x') ?? null, 'x', faults);
    const y = readNumber(fields?.('y') ?? null, 'y', faults);
    layout.set(path, x === null || y === null ? null : { path: entry.path, x, y });
  }
  return layout;
}
