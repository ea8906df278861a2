import type { Body } from '../../../src/graph/builder/body.js';
import { pipeline } from '../../../src/graph/builder/pipeline.js';
import type { ParamRef, Pipeline, Wire } from '../../../src/graph/builder/types.js';
import {
  isIf,
  isLoop,
  isSubgraph,
  type BranchEntry,
  type GraphDocument,
  type NodeEntries,
  type NodeEntry,
  type ParamEntry,
  type PipelineDocument,
} from '../../../src/graph/document.js';
import type { NumberSpec, ParamValue } from '../../../src/graph/params.js';
import type { Registry } from '../../../src/graph/registry.js';

type Wires = Readonly<Record<string, Wire>>;
type Seen = ReadonlyMap<string, Wires>;
type Refs = Readonly<Record<string, ParamRef>>;

/** Says a document again in calls of the builder. */
export function replay(document: PipelineDocument, registry: Registry): Pipeline {
  const built = new Map<string, Pipeline>();
  const build = (name: string, { description, params = {}, inputs = {}, nodes, outputs }: GraphDocument): Pipeline => {
    const known = built.get(name);
    if (known !== undefined) return known;
    const face = { inputs, params, ...(description === undefined ? {} : { description }) };
    const made: Pipeline = pipeline(name, face, (g) => {
      const scope = put(g, nodes, new Map([['input', g.input]]), g.param);
      return pick(outputs, scope);
    });
    built.set(name, made);
    return made;
  };

  const put = (body: Body, entries: NodeEntries, around: Seen, refs: Refs): Seen => {
    const scope = new Map(around);
    const waiting = new Map(Object.entries(entries));
    while (waiting.size > 0) {
      for (const [id, entry] of waiting) {
        if ([...waiting.keys()].some((other) => other !== id && reads(entry, other))) continue;
        scope.set(id, node(body, id, entry, scope, refs));
        waiting.delete(id);
      }
    }
    return scope;
  };

  const node = (body: Body, id: string, entry: NodeEntry, scope: Seen, refs: Refs): Wires => {
    if (isLoop(entry)) {
      const max = toArgument(entry.max, refs) as number | ParamRef<NumberSpec & { type: 'integer'; optional?: false }>;
      return body.loop(id, { carry: pick(entry.carry, scope), max }, (inner, current, index) => {
        const inside = put(inner, entry.body, new Map(scope).set(id, { ...current, index }), refs);
        const until = entry.until === undefined ? {} : { until: one(entry.until, inside) as Wire<'flag'> };
        return { next: pick(entry.next, inside), ...until };
      });
    }
    if (isIf(entry)) {
      const branch = (side: BranchEntry) => (inner: Body) =>
        pick(side.outputs, put(inner, side.nodes ?? {}, scope, refs));
      return body.when(id, one(entry.flag, scope) as Wire<'flag'>, branch(entry.then), branch(entry.else));
    }
    const wires = pick(entry.in ?? {}, scope);
    const params = Object.fromEntries(
      Object.entries(entry.params ?? {}).map(([name, value]) => [name, toArgument(value, refs)]),
    );
    if (isSubgraph(entry)) {
      const graph = document.graphs?.[entry.use];
      if (graph === undefined) throw new Error(`no graph ${entry.use}`);
      const used = build(entry.use, graph);
      return entry.draft === true
        ? body.draft(id, used, wires, params as never)
        : body.use(id, used, wires, params as never);
    }
    const definition = registry.get(entry.kind);
    if (definition === undefined) throw new Error(`no kind ${entry.kind}`);
    return body.node(id, definition, wires, params as never);
  };

  return build(document.name, document);
}

const one = (reference: string, scope: Seen): Wire => {
  const [id = '', port = ''] = reference.split('.');
  const wire = scope.get(id)?.[port];
  if (wire === undefined) throw new Error(`no wire ${reference}`);
  return wire;
};

const pick = (refs: Readonly<Record<string, string>>, scope: Seen): Wires =>
  Object.fromEntries(Object.entries(refs).map(([port, reference]) => [port, one(reference, scope)]));

const toArgument = (entry: ParamEntry, refs: Refs): ParamValue | ParamRef => {
  if (typeof entry !== 'object') return entry;
  const ref = refs[entry.$param];
  if (ref === undefined) throw new Error(`no parameter ${entry.$param}`);
  return ref;
};

/** Whether anything in an entry reads a node around it. Ids along a chain of bodies are never used twice. */
const reads = (entry: NodeEntry, id: string): boolean => JSON.stringify(entry).includes(`"${id}.`);
