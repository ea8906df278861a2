import type { Binding, CheckedGraph, NamedValue, ValueId } from '../graph/checked-graph.js';
import type { NodeDefinition } from '../graph/node-definition.js';
import type { PortKind } from '../graph/values.js';

/**
 * A checked graph compiled to indices: firing looks nothing up by name. One lane needs one slot for each
 * value, because at any moment one iteration of each loop is under way, and an iteration ends when all nodes
 * of its body have fired.
 */
export interface Plan {
  readonly graph: CheckedGraph;
  readonly nodes: readonly PlanNode[];
  readonly regions: readonly PlanRegion[];
  readonly loopCount: number;
  readonly slotCount: number;
  /** Region 0 is the graph itself. */
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  /** For each value, the nodes of its own region that read it. */
  readonly readers: readonly (readonly number[])[];
  /** For each value that is a handle, how many reads until it may be released; 0 where nobody reads it. */
  readonly reads: Int32Array;
  /** Values that are handles. */
  readonly handles: readonly boolean[];
  /** Most caches with keys and values of their own that a row has alive at once. */
  readonly caches: number;
}

export interface PlanRegion {
  readonly nodes: readonly number[];
  /** Nodes that can fire as soon as the region begins. */
  readonly roots: readonly number[];
  /** Handles that the region owns and lets go when it ends. */
  readonly owned: readonly ValueId[];
  /** The loop or if that goes on when every node of it has fired; null where the graph ends. */
  readonly end: number | null;
}

export type PlanNode = PlanUnit | PlanLoop | PlanIf;

export interface PlanNodeBase {
  readonly index: number;
  readonly path: string;
  readonly region: number;
  /** How many values produced by nodes of its region it waits for. */
  readonly waitsFor: number;
  /** Handles of its own region that it reads for as long as it is under way; each read is given back when it has fired. */
  readonly borrows: readonly ValueId[];
  readonly outputSlots: readonly ValueId[];
}

export interface PlanUnit extends PlanNodeBase {
  readonly type: 'unit';
  readonly definition: NodeDefinition;
  readonly inputNames: readonly string[];
  readonly inputKinds: readonly PortKind[];
  readonly inputSlots: readonly ValueId[];
  /** Whether what it puts out is taken at its word. */
  readonly trusted: boolean;
  /** Names of the inputs that are handles and that it may misuse. */
  readonly handleInputs: readonly string[];
  /** Whether scores or masks go in beside something else that covers positions. */
  readonly comparesLengths: boolean;
  readonly outputNames: readonly string[];
  readonly outputKinds: readonly PortKind[];
  readonly params: Readonly<Record<string, Binding>>;
  /** Enclosing loops from the outermost in, as indices into a lane's iteration counters. */
  readonly loops: readonly number[];
  /** Whether what it commits is only tried out. */
  readonly draft: boolean;
}

export interface PlanLoop extends PlanNodeBase {
  readonly type: 'loop';
  readonly loop: number;
  readonly initial: readonly ValueId[];
  /** Handles that only its first iteration begins with: their reads are given back as soon as it has begun. */
  readonly begunWith: readonly ValueId[];
  readonly current: readonly ValueId[];
  readonly next: readonly ValueId[];
  readonly indexSlot: ValueId;
  readonly max: Binding;
  readonly until: ValueId | null;
  readonly body: number;
}

export interface PlanIf extends PlanNodeBase {
  readonly type: 'if';
  readonly flag: ValueId;
  readonly then: PlanBranch;
  readonly else: PlanBranch;
}

export interface PlanBranch {
  readonly region: number;
  readonly outputs: readonly ValueId[];
  /** Handles from around the if, which count as one read for it, and by how many reads inside this branch they are replaced. */
  readonly lent: ReadonlyMap<ValueId, number>;
  /** Those of them that are read when the branch ends. */
  readonly handedOn: readonly ValueId[];
}

/** Path of the node that writes a value; '' for an input of the graph. */
export const originOf = ({ nodes }: Plan, value: ValueId): string =>
  nodes.find((node) => node.outputSlots.includes(value) || (node.type === 'loop' && node.current.includes(value)))
    ?.path ?? '';
