import type { GraphNode, ParamUse } from '../checked-graph.js';
import type { Registry } from '../registry.js';
import type { PortKind } from '../values.js';
import type { Source, Specs } from './arguments.js';
import type { Faults } from './fault-list.js';
import type { Orders } from './link.js';
import type { Known } from './scope.js';
import type { GraphSyntax } from './syntax.js';

/** What a graph looks like from where it is used. */
export interface Callee {
  readonly params: Specs;
  readonly inputs: ReadonlyMap<string, PortKind | null>;
  /** Nodes to put in place of the use (none where graphs are only checked), and what comes out of them. */
  elaborate(at: Instance): Elaborated;
}

/** One copy of a graph. */
export interface Instance {
  /** Path of the use with a `/` behind it; empty for the pipeline itself. */
  readonly prefix: string;
  readonly inputs: ReadonlyMap<string, Known>;
  readonly bound: ReadonlyMap<string, Source>;
  /** Whether it, or a graph around it, was included as a draft. */
  readonly draft: boolean;
}

export interface Elaborated {
  readonly nodes: readonly GraphNode[];
  /** `null`: nothing is known of them. */
  readonly outputs: ReadonlyMap<string, Known> | null;
}

/** Shared by all copies of all graphs of one pipeline. */
export interface Program {
  readonly registry: Registry;
  /** Kinds of the values made so far; a value's number is its index. */
  readonly kinds: PortKind[];
  readonly uses: ParamUse[];
}

/** A graph as it was written, and where its faults go. */
export interface Written {
  readonly graph: GraphSyntax;
  readonly orders: Orders;
  readonly faults: Faults;
  /** For values that are written here and refused by what they are passed on to. */
  readonly passed: Faults;
}
