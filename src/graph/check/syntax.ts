import { quoted } from '../excerpt.js';
import type { JsonPath } from '../json-path.js';
import type { ParamSpec, ParamValue } from '../params.js';
import type { PortKind } from '../values.js';

/** Stands for a whole section that could not be read: names that are missing from it may well have been there. */
export const unreadable: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * A document as far as it could be read, each part with its place. `null` stands for a part that is there but
 * broken, and whose fault has been reported: nothing more is said of it. All maps are in the order of their keys.
 */
export interface GraphSyntax {
  readonly path: JsonPath;
  readonly description: string | null;
  readonly params: ReadonlyMap<string, ParamSpec | null>;
  readonly inputs: ReadonlyMap<string, PortKind | null>;
  readonly nodes: RegionSyntax;
  readonly outputs: WiresSyntax;
  readonly layout: ReadonlyMap<string, PlaceSyntax | null>;
}

export interface DocumentSyntax {
  readonly schema: string | null;
  readonly name: string;
  /** The modules that it imports, as it names them. */
  readonly imports: readonly string[];
  readonly root: GraphSyntax;
  readonly graphs: ReadonlyMap<string, GraphSyntax | null>;
}

export type RegionSyntax = ReadonlyMap<string, NodeSyntax>;

export interface RefSyntax {
  readonly path: JsonPath;
  readonly node: string;
  readonly port: string;
}

/** `absent`: left out, as it may be. `broken`: there, or needed, and reported already. */
export type State = 'present' | 'absent' | 'broken';

/** A list of wires by port name, and where it is (or would be). */
export interface WiresSyntax {
  readonly path: JsonPath;
  readonly state: State;
  readonly refs: ReadonlyMap<string, RefSyntax | null>;
}

export type ArgumentSyntax =
  | { readonly type: 'value'; readonly path: JsonPath; readonly value: ParamValue }
  | { readonly type: 'param'; readonly path: JsonPath; readonly param: string };

export interface ArgumentsSyntax {
  readonly path: JsonPath;
  readonly state: State;
  readonly values: ReadonlyMap<string, ArgumentSyntax | null>;
}

export interface PlaceSyntax {
  readonly path: JsonPath;
  readonly x: number;
  readonly y: number;
}

interface NodeBase {
  readonly id: string;
  readonly path: JsonPath;
}

export type NodeSyntax = UnitSyntax | LoopSyntax | IfSyntax | UseSyntax | BrokenSyntax;

export interface UnitSyntax extends NodeBase {
  readonly type: 'unit';
  readonly kind: string;
  readonly in: WiresSyntax;
  readonly params: ArgumentsSyntax;
}

export interface LoopSyntax extends NodeBase {
  readonly type: 'loop';
  readonly carry: WiresSyntax;
  readonly max: ArgumentSyntax | null;
  /** `undefined`: there is none. */
  readonly until: RefSyntax | null | undefined;
  readonly body: RegionSyntax;
  readonly next: WiresSyntax;
}

export interface IfSyntax extends NodeBase {
  readonly type: 'if';
  readonly flag: RefSyntax | null;
  readonly then: BranchSyntax | null;
  readonly else: BranchSyntax | null;
}

export interface BranchSyntax {
  readonly nodes: RegionSyntax;
  readonly outputs: WiresSyntax;
}

export interface UseSyntax extends NodeBase {
  readonly type: 'graph';
  readonly use: string | null;
  readonly draft: boolean;
  readonly in: WiresSyntax;
  readonly params: ArgumentsSyntax;
}

/** An entry of which not even the kind could be read; its outputs are unknown. */
export interface BrokenSyntax extends NodeBase {
  readonly type: 'broken';
}

/** A reference as messages quote it. */
export const quotedRef = ({ node, port }: RefSyntax): string => quoted(`${node}.${port}`);

/** The wires that end at the node itself, not inside it. */
export function ownRefs(node: NodeSyntax): readonly (RefSyntax | null)[] {
  switch (node.type) {
    case 'unit':
    case 'graph':
      return [...node.in.refs.values()];
    case 'loop':
      return [...node.carry.refs.values()];
    case 'if':
      return [node.flag];
    case 'broken':
      return [];
  }
}

/** The regions inside a node, with the wires that leave each, and the segment that it adds to paths of nodes. */
export interface InnerRegion {
  readonly segment: 'then' | 'else' | null;
  readonly nodes: RegionSyntax;
  readonly refs: readonly (RefSyntax | null | undefined)[];
}

export function innerRegions(node: NodeSyntax): readonly InnerRegion[] {
  switch (node.type) {
    case 'loop':
      return [{ segment: null, nodes: node.body, refs: [...node.next.refs.values(), node.until] }];
    case 'if':
      return (['then', 'else'] as const).flatMap((segment) => {
        const branch = node[segment];
        return branch === null ? [] : [{ segment, nodes: branch.nodes, refs: [...branch.outputs.refs.values()] }];
      });
    case 'unit':
    case 'graph':
    case 'broken':
      return [];
  }
}

/** Every node of a region and of the regions inside it, with its path. */
export function* everyNode(region: RegionSyntax, prefix = ''): Generator<{ path: string; node: NodeSyntax }> {
  for (const [id, node] of region) {
    const path = `${prefix}${id}`;
    yield { path, node };
    for (const inner of innerRegions(node)) {
      yield* everyNode(inner.nodes, inner.segment === null ? `${path}/` : `${path}/${inner.segment}/`);
    }
  }
}
