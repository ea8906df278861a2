import type { PipelineDocument } from './document.js';
import type { NodeDefinition } from './node-definition.js';
import type { ParamSpec, ParamSpecs, ParamValue } from './params.js';
import type { PortKind } from './values.js';

/**
 * A document that passed every check, with names resolved: each value that travels on a wire has a number,
 * written once (static single assignment), subgraphs are inlined, parameters are bound to the document's own.
 * This is what the runtime compiles; nothing in it needs a look-up by name.
 */
export interface CheckedGraph {
  readonly name: string;
  /** The document in canonical form. */
  readonly document: PipelineDocument;
  readonly params: ParamSpecs;
  /** Everything that the pipeline's parameters set, with what is allowed there. */
  readonly paramUses: readonly ParamUse[];
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  readonly body: Region;
  /** The kind of every value, by number. */
  readonly valueKinds: readonly PortKind[];
}

/** A place that one of the pipeline's parameters reaches, directly or through subgraphs. */
export interface ParamUse {
  /** The pipeline's parameter. */
  readonly param: string;
  /** Path of the node, as in `UnitNode.path`. */
  readonly path: string;
  /** Name of the parameter there; `max` for a loop. */
  readonly name: string;
  readonly spec: ParamSpec;
}

export type ValueId = number;

export interface NamedValue {
  readonly name: string;
  readonly kind: PortKind;
  readonly value: ValueId;
}

/** Nodes in a fixed order: topological, and by path among those that are free to go. */
export interface Region {
  readonly nodes: readonly GraphNode[];
}

export type GraphNode = UnitNode | LoopNode | IfNode;

/**
 * Where a parameter's value comes from: the document, or one of the pipeline's own parameters. One that may be
 * left out and was has no value; then the node's parameter is not set either.
 */
export type Binding = { readonly value: ParamValue } | { readonly param: string };

export interface UnitNode {
  readonly type: 'unit';
  /**
   * Ids from the root, joined by `/`: those of inlined subgraphs and enclosing loops and ifs included, and
   * `then` or `else` after an if's, so that no two nodes share a path.
   */
  readonly path: string;
  readonly definition: NodeDefinition;
  readonly inputs: Readonly<Record<string, ValueId>>;
  readonly outputs: Readonly<Record<string, ValueId>>;
  /** Only those that were set; the definition's defaults hold for the rest. */
  readonly params: Readonly<Record<string, Binding>>;
  /** Whether it is inside a subgraph that was included as a draft: what it commits is not part of the row. */
  readonly draft: boolean;
}

export interface LoopNode {
  readonly type: 'loop';
  readonly path: string;
  readonly carries: readonly {
    readonly name: string;
    readonly kind: PortKind;
    /** Outside, before the first iteration. */
    readonly initial: ValueId;
    /** Inside, this iteration's. */
    readonly current: ValueId;
    /** Inside (or from around the loop), the next iteration's. */
    readonly next: ValueId;
    /** Outside, when the loop has ended. */
    readonly final: ValueId;
  }[];
  /** Inside: the iteration, from 0. */
  readonly index: ValueId;
  readonly max: Binding;
  readonly until: ValueId | null;
  readonly body: Region;
}

export interface IfNode {
  readonly type: 'if';
  readonly path: string;
  readonly flag: ValueId;
  readonly then: Branch;
  readonly else: Branch;
  /** Outside, in the order of both branches' `outputs`. */
  readonly outputs: readonly NamedValue[];
}

export interface Branch {
  readonly body: Region;
  /** In the order of the node's `outputs`. */
  readonly outputs: readonly ValueId[];
}
