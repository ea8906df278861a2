import type { AnswerTo, ForwardReply, ModelCall, Question } from './effects.js';
import type { ModelManifest } from './manifest.js';
import type { ParamSpecs, ParamValuesOf } from './params.js';
import type { Cache, PortKind, PortValues } from './values.js';

/** Named ports with their kinds. */
export type Ports = Readonly<Record<string, PortKind>>;

export type ValuesOf<P extends Ports> = { readonly [K in keyof P]: PortValues[P[K]] };

/** What a firing may use beside its inputs and parameters. Valid only during the call that got it. */
export interface NodeContext {
  readonly manifest: ModelManifest;
  /**
   * `count` uniforms in [0, 1). Counter-based: they depend on seed, row, node path and the iterations of the
   * enclosing loops alone; a second call in one firing goes on where the first stopped.
   */
  uniforms(count: number): readonly number[];
  /** An empty KV cache for this row, owned by the caller. */
  openCache(): Cache;
}

/** What a node tells people who watch; the runtime adds run, row and order. */
export type NodeEvent =
  | {
      readonly type: 'step';
      /** Position of the block in the row. */
      readonly start: number;
      readonly tokens: readonly number[];
      /** Probability of each token under the prediction that it was drawn from; null where this step drew none. */
      readonly confidence: readonly (number | null)[];
      /** Index of the denoising step and how many there are; left out where there is no such count. */
      readonly step?: number;
      readonly steps?: number;
    }
  | {
      readonly type: 'remasked';
      readonly start: number;
      /** The block after noise was put back. */
      readonly tokens: readonly number[];
      /** Indices into the block of the positions that were chosen. */
      readonly positions: readonly number[];
    }
  | {
      readonly type: 'committed';
      readonly start: number;
      /** The tokens that joined the canvas. */
      readonly tokens: readonly number[];
    };

/** An objection of a node to a model, found before anything runs. */
export interface Objection {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export interface Firing<I extends Ports, P extends ParamSpecs> {
  readonly inputs: ValuesOf<I>;
  readonly params: ParamValuesOf<P>;
  readonly context: NodeContext;
}

/**
 * Methods, not function properties: their parameters compare bivariantly, so that a definition with exact
 * ports is also a `NodeDefinition` for registries that hold all kinds.
 */
interface Description<I extends Ports, O extends Ports, P extends ParamSpecs, A> {
  /** Name in documents, kebab-case, unique in a registry. */
  readonly kind: string;
  /** One sentence for people. */
  readonly summary: string;
  /** Paper and equation that it implements. */
  readonly source?: string;
  readonly inputs: I;
  readonly outputs: O;
  readonly params: P;
  /** What speaks against this node, set like this, on a model. Runs once, before anything is computed. */
  objections?(params: ParamValuesOf<P>, manifest: ModelManifest): readonly Objection[];
  /**
   * What to tell people who watch, from one finished firing. Called after every firing, whether anybody watches or
   * not. Handles among inputs and outputs are only borrowed: read them during the call, keep and release none.
   */
  observe?(firing: Firing<I, P> & { readonly outputs: ValuesOf<O>; readonly answer: A }): NodeEvent | undefined;
}

/** A node that does cheap host work, at once. */
export interface StepNode<
  I extends Ports = Ports,
  O extends Ports = Ports,
  P extends ParamSpecs = ParamSpecs,
> extends Description<I, O, P, undefined> {
  step(firing: Firing<I, P>): ValuesOf<O>;
}

/** A node that costs one forward of the model. */
export interface ForwardNode<
  I extends Ports = Ports,
  O extends Ports = Ports,
  P extends ParamSpecs = ParamSpecs,
> extends Description<I, O, P, undefined> {
  forward(firing: Firing<I, P>): ModelCall;
  complete(firing: Firing<I, P> & { readonly reply: ForwardReply }): ValuesOf<O>;
}

/** A node that puts one question to a prediction. */
export interface QuestionNode<
  I extends Ports = Ports,
  O extends Ports = Ports,
  P extends ParamSpecs = ParamSpecs,
  Q extends Question = Question,
> extends Description<I, O, P, AnswerTo<Q>> {
  ask(firing: Firing<I, P>): Q;
  complete(firing: Firing<I, P> & { readonly answer: AnswerTo<Q> }): ValuesOf<O>;
}

/**
 * A kind of node: typed ports, parameters and one pure step. Inputs are borrowed: a node that hands an
 * input handle on as an output retains it first. Every handle among the outputs carries one reference,
 * which the runtime owns from then on.
 */
export type NodeDefinition<I extends Ports = Ports, O extends Ports = Ports, P extends ParamSpecs = ParamSpecs> =
  StepNode<I, O, P> | ForwardNode<I, O, P> | QuestionNode<I, O, P>;

/** Gives a definition its exact types; at run time it returns what it got. */
export function defineNode<const I extends Ports, const O extends Ports, const P extends ParamSpecs>(
  definition: StepNode<I, O, P>,
): StepNode<I, O, P>;
export function defineNode<const I extends Ports, const O extends Ports, const P extends ParamSpecs>(
  definition: ForwardNode<I, O, P>,
): ForwardNode<I, O, P>;
export function defineNode<
  const I extends Ports,
  const O extends Ports,
  const P extends ParamSpecs,
  Q extends Question,
>(definition: QuestionNode<I, O, P, Q>): QuestionNode<I, O, P, Q>;
export function defineNode(definition: NodeDefinition): NodeDefinition {
  return definition;
}
