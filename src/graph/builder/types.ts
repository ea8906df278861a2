import type { CheckedGraph } from '../checked-graph.js';
import type { PipelineDocument } from '../document.js';
import type { NodeDefinition, Ports } from '../node-definition.js';
import type { ChoiceSpec, FlagSpec, NumberSpec, ParamSpec, ParamSpecs } from '../params.js';
import type { PortKind } from '../values.js';

/** The value at a port, with its kind in the type. Made by builders only; good in the body that it comes from. */
export interface Wire<K extends PortKind = PortKind> {
  readonly kind: K;
  /** As in documents: `node.port`. */
  readonly reference: string;
}

export type WiresOf<T extends Ports> = { readonly [N in keyof T]: Wire<T[N]> };

/** A declared parameter of the pipeline, to set parameters of nodes with. */
export interface ParamRef<S extends ParamSpec = ParamSpec> {
  readonly param: string;
  readonly spec: S;
}

/** Specs whose parameters always have a value. */
interface AnInteger extends NumberSpec {
  readonly type: 'integer';
  readonly optional?: false;
}

interface ANumber extends NumberSpec {
  readonly optional?: false;
}

type NumberArgument<S extends NumberSpec> = S extends { readonly optional: true }
  ? number | ParamRef<NumberSpec & Pick<S, 'type'>> | ParamRef<NumberSpec & { readonly type: 'integer' }>
  : number | ParamRef<S extends { readonly type: 'integer' } ? AnInteger : ANumber>;

/** What a parameter can be set to: a value, or a declared parameter that has fitting values. */
export type Argument<S extends ParamSpec> =
  S extends ChoiceSpec<infer C>
    ? C | ParamRef<ChoiceSpec<C>>
    : S extends FlagSpec
      ? boolean | ParamRef<FlagSpec>
      : S extends NumberSpec
        ? NumberArgument<S>
        : never;

/** Names of the parameters that must be set: they have no default and may not be left out. */
export type RequiredNames<P extends ParamSpecs> = {
  [N in keyof P]: P[N] extends { readonly default: unknown } | { readonly optional: true } ? never : N;
}[keyof P];

export type Arguments<P extends ParamSpecs> = { readonly [N in RequiredNames<P>]: Argument<P[N]> } & {
  readonly [N in Exclude<keyof P, RequiredNames<P>>]?: Argument<P[N]>;
};

/** The last argument of `node` and `use`: left out where nothing has to be set. */
export type ArgumentList<P extends ParamSpecs> = [keyof P] extends [never]
  ? [params?: Readonly<Record<string, never>>]
  : [RequiredNames<P>] extends [never]
    ? [params?: Arguments<P>]
    : [params: Arguments<P>];

/** The same ports as asked for, none missing and none besides. */
export type Same<Given, Asked extends Ports> = WiresOf<NoInfer<Asked>> & {
  readonly [N in keyof Given]: N extends keyof Asked ? Wire<Asked[N]> : never;
};

/** A pipeline that was built and has passed every check. */
export interface Pipeline<I extends Ports = Ports, O extends Ports = Ports, P extends ParamSpecs = ParamSpecs> {
  readonly name: string;
  readonly inputs: I;
  readonly params: P;
  /** Where its outputs come from. */
  readonly outputs: WiresOf<O>;
  readonly document: PipelineDocument;
  readonly graph: CheckedGraph;
  /** Kinds of nodes that it uses, those of its subgraphs included. */
  readonly definitions: readonly NodeDefinition[];
}
