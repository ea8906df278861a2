import fc from 'fast-check';
import type { GraphDocument, NodeEntry, ParamEntry, PipelineDocument } from '../../../src/graph/document.js';
import type { NodeDefinition, Ports } from '../../../src/graph/node-definition.js';
import type { PortKind } from '../../../src/graph/values.js';
import { testRegistry } from './nodes.js';

interface Seen {
  readonly ref: string;
  readonly kind: PortKind;
}

interface Signature {
  readonly inputs: Ports;
  readonly outputs: Ports;
}

type Choose = (count: number) => number;

/** Valid pipelines: nested loops and ifs, subgraphs that use subgraphs, captures from around, every sort of parameter. */
export const randomDocument: fc.Arbitrary<PipelineDocument> = fc
  .array(fc.nat(999), { minLength: 10, maxLength: 120 })
  .map((tape) => new Writer(tape).pipeline());

/** Writes a document; every decision takes a number from the tape, which starts again when it is used up. */
class Writer {
  readonly #tape: readonly number[];
  readonly #signatures = new Map<string, Signature>();
  #at = 0;
  #left = 40;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  pipeline(): PipelineDocument {
    const graphs: Record<string, GraphDocument> = {};
    for (let i = this.#choose(3); i > 0; i -= 1) {
      const name = `graph${i}`;
      const graph = this.#graph();
      graphs[name] = graph.document;
      this.#signatures.set(name, graph.signature);
    }
    this.#left = 40;
    return { format: 1, name: 'random', graphs, ...this.#graph().document };
  }

  #graph(): { document: GraphDocument; signature: Signature } {
    const inputs: Ports = { canvas: 'canvas', cache: 'cache' };
    const scope: Seen[] = [
      { ref: 'input.canvas', kind: 'canvas' },
      { ref: 'input.cache', kind: 'cache' },
    ];
    const nodes: Record<string, NodeEntry> = {};
    this.#fill(nodes, scope, 'n', 3);
    const picked = Array.from({ length: 1 + this.#choose(3) }, () => this.#pick(scope));
    const outputs = Object.fromEntries(picked.map(({ ref }, i) => [`out${i}`, ref]));
    const signature = { inputs, outputs: Object.fromEntries(picked.map(({ kind }, i) => [`out${i}`, kind])) };
    const params = {
      size: { type: 'integer', min: 1, max: 8, default: 2 },
      heat: { type: 'number', min: 0, max: 1, default: 1 },
      mode: { type: 'choice', choices: ['greedy', 'sample'], default: 'greedy' },
      margin: { type: 'number', optional: true },
      strict: { type: 'flag', default: true },
    } as const;
    return { document: { params, inputs, nodes, outputs }, signature };
  }

  /** Adds nodes, and their outputs to the scope. Ids along a chain of bodies differ; those of branches are the same. */
  #fill(nodes: Record<string, NodeEntry>, scope: Seen[], prefix: string, depth: number): void {
    for (let i = 1 + this.#choose(4); i > 0 && this.#left > 0; i -= 1) {
      this.#left -= 1;
      const id = `${prefix}${i}`;
      const sort = this.#choose(8);
      const flags = scope.filter(({ kind }) => kind === 'flag');
      if (sort === 0 && depth > 0) this.#loop(nodes, scope, id, depth);
      else if (sort === 1 && depth > 0 && flags.length > 0) this.#if(nodes, scope, id, depth, this.#pick(flags));
      else if (sort === 2 && this.#signatures.size > 0) this.#use(nodes, scope, id);
      else this.#unit(nodes, scope, id);
    }
  }

  #unit(nodes: Record<string, NodeEntry>, scope: Seen[], id: string): void {
    const possible = testRegistry.definitions.filter(({ inputs }) =>
      Object.values(inputs).every((kind) => scope.some((seen) => seen.kind === kind)),
    );
    const definition = possible[this.#choose(possible.length)];
    if (definition === undefined) return;
    const params = this.#params(definition);
    nodes[id] = { kind: definition.kind, in: this.#wires(definition.inputs, scope), params };
    this.#show(scope, id, definition.outputs);
  }

  #params(definition: NodeDefinition): Readonly<Record<string, ParamEntry>> {
    return Object.fromEntries(
      Object.entries(definition.params).flatMap(([name, spec]): [string, ParamEntry][] => {
        const declared = { blockSize: 'size', temperature: 'heat', mode: 'mode', margin: 'margin', strict: 'strict' };
        const known = Object.entries(declared).find(([param]) => param === name)?.[1] ?? 'heat';
        const needed = spec.default === undefined && !('optional' in spec);
        const sort = this.#choose(3);
        if (sort === 0 && !needed) return [];
        if (sort === 1) return [[name, { $param: known }]];
        return [[name, spec.type === 'choice' ? 'top-k' : spec.type === 'flag' ? false : 1]];
      }),
    );
  }

  #use(nodes: Record<string, NodeEntry>, scope: Seen[], id: string): void {
    const names = [...this.#signatures.keys()];
    const use = names[this.#choose(names.length)] ?? '';
    const signature = this.#signatures.get(use);
    if (signature === undefined) return;
    const params = this.#choose(2) === 0 ? {} : { size: 3, mode: { $param: 'mode' } };
    const draft = this.#choose(3) === 0 ? { draft: true } : {};
    nodes[id] = { kind: 'graph', use, in: this.#wires(signature.inputs, scope), params, ...draft };
    this.#show(scope, id, signature.outputs);
  }

  #loop(nodes: Record<string, NodeEntry>, scope: Seen[], id: string, depth: number): void {
    const carried = Array.from({ length: 1 + this.#choose(3) }, () => this.#pick(scope));
    const kinds = Object.fromEntries(carried.map(({ kind }, i) => [`c${i}`, kind]));
    const inner = [...scope];
    this.#show(inner, id, { ...kinds, index: 'number' });
    const body: Record<string, NodeEntry> = {};
    this.#fill(body, inner, `${id}x`, depth - 1);
    const flags = inner.filter(({ kind }) => kind === 'flag');
    nodes[id] = {
      kind: 'loop',
      carry: Object.fromEntries(carried.map(({ ref }, i) => [`c${i}`, ref])),
      max: this.#choose(2) === 0 ? this.#choose(5) : { $param: 'size' },
      ...(flags.length > 0 && this.#choose(2) === 0 ? { until: this.#pick(flags).ref } : {}),
      body,
      next: this.#wires(kinds, inner),
    };
    this.#show(scope, id, kinds);
  }

  #if(nodes: Record<string, NodeEntry>, scope: Seen[], id: string, depth: number, flag: Seen): void {
    const picked = Array.from({ length: 1 + this.#choose(2) }, () => this.#pick(scope).kind);
    const kinds = Object.fromEntries(picked.map((kind, i) => [`b${i}`, kind]));
    const branch = () => {
      const inner = [...scope];
      const entries: Record<string, NodeEntry> = {};
      this.#fill(entries, inner, `${id}y`, depth - 1);
      return { nodes: entries, outputs: this.#wires(kinds, inner) };
    };
    nodes[id] = { kind: 'if', flag: flag.ref, then: branch(), else: branch() };
    this.#show(scope, id, kinds);
  }

  #wires(ports: Ports, scope: readonly Seen[]): Record<string, string> {
    return Object.fromEntries(
      Object.entries(ports).map(([port, kind]) => [port, this.#pick(scope.filter((seen) => seen.kind === kind)).ref]),
    );
  }

  #show(scope: Seen[], id: string, ports: Ports): void {
    for (const [port, kind] of Object.entries(ports)) scope.push({ ref: `${id}.${port}`, kind });
  }

  #pick(from: readonly Seen[]): Seen {
    const seen = from[this.#choose(from.length)];
    if (seen === undefined) throw new Error('nothing to choose from');
    return seen;
  }

  readonly #choose: Choose = (count) => {
    const drawn = this.#tape[this.#at % this.#tape.length] ?? 0;
    this.#at += 1;
    return (drawn + (this.#at > this.#tape.length ? this.#at : 0)) % Math.max(count, 1);
  };
}

/** The same document with the keys of every object in another order. */
export function shuffleKeys<T>(value: T, order: (count: number) => number): T {
  const shuffle = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(shuffle);
    if (typeof part !== 'object' || part === null) return part;
    const entries: [string, unknown][] = [];
    for (const [key, field] of Object.entries(part))
      entries.splice(order(entries.length + 1), 0, [key, shuffle(field)]);
    return Object.fromEntries(entries);
  };
  return shuffle(value) as T;
}
