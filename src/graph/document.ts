import type { ParamSpec, ParamValue } from './params.js';
import type { PortKind } from './values.js';

/**
 * A pipeline as people and editors write it. Format 1.
 *
 * References are `"node.port"`. `"input.name"` is a declared input of the document. References are lexical:
 * a body or a branch sees the nodes around it, and no id may be used twice along such a chain. Inside the
 * body of a loop `"loop.name"` is the carry's value in this iteration and `"loop.index"` counts from 0;
 * outside it is the value when the loop ended.
 */
export interface PipelineDocument extends GraphDocument {
  readonly $schema?: string;
  readonly format: 1;
  readonly name: string;
  readonly description?: string;
  /**
   * Modules that define kinds of nodes beside the standard ones: a path that begins with `./` or `../`, relative to
   * this document, or the name of a package. They are code; whoever opens the document decides whether it is loaded.
   */
  readonly imports?: readonly string[];
  /** Subgraphs by name, for `{ "kind": "graph", "use": "name" }`. */
  readonly graphs?: Readonly<Record<string, GraphDocument>>;
}

/** What a subgraph and a whole pipeline have in common. */
export interface GraphDocument {
  readonly description?: string;
  readonly params?: Readonly<Record<string, ParamSpec>>;
  readonly inputs?: Readonly<Record<string, PortKind>>;
  readonly nodes: NodeEntries;
  readonly outputs: Readonly<Record<string, Reference>>;
  /** Places for editors, by path of the node (`blocks/denoise`, `guided/then/remask`) or `input`; the engine ignores them. */
  readonly layout?: Readonly<Record<string, { readonly x: number; readonly y: number }>>;
}

export type Reference = string;

/** A value, or a declared parameter of the document. */
export type ParamEntry = ParamValue | { readonly $param: string };

export type NodeEntries = Readonly<Record<string, NodeEntry>>;

export type NodeEntry = UnitEntry | LoopEntry | IfEntry | SubgraphEntry;

/** A node of a registered kind; every input port is wired. */
export interface UnitEntry {
  readonly kind: string;
  readonly in?: Readonly<Record<string, Reference>>;
  readonly params?: Readonly<Record<string, ParamEntry>>;
}

/**
 * Runs `body` until the flag `until` is true or `max` iterations are done, whichever comes first; `max` 0
 * passes the carry through. Each carry starts at its reference in `carry` and goes on with the one in `next`.
 */
export interface LoopEntry {
  readonly kind: 'loop';
  readonly carry: Readonly<Record<string, Reference>>;
  readonly max: ParamEntry;
  readonly until?: Reference;
  readonly body: NodeEntries;
  readonly next: Readonly<Record<string, Reference>>;
}

/** Runs one of two branches; both give the same ports. */
export interface IfEntry {
  readonly kind: 'if';
  readonly flag: Reference;
  readonly then: BranchEntry;
  readonly else: BranchEntry;
}

export interface BranchEntry {
  readonly nodes?: NodeEntries;
  readonly outputs: Readonly<Record<string, Reference>>;
}

/** Includes a subgraph: a name in `graphs`, or a path to a document beside this one, beginning with `./` or `../`. */
export interface SubgraphEntry {
  readonly kind: 'graph';
  readonly use: string;
  readonly in?: Readonly<Record<string, Reference>>;
  readonly params?: Readonly<Record<string, ParamEntry>>;
  /** Whether what nodes inside commit is only tried out: it is told as `drafted`, and is not part of the row. */
  readonly draft?: boolean;
}

/** Kinds that belong to the language itself. */
export const structuralKinds = ['loop', 'if', 'graph'] as const;

export const isLoop = (entry: NodeEntry): entry is LoopEntry => entry.kind === 'loop';
export const isIf = (entry: NodeEntry): entry is IfEntry => entry.kind === 'if';
export const isSubgraph = (entry: NodeEntry): entry is SubgraphEntry => entry.kind === 'graph';
