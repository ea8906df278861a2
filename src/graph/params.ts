/** Parameters of nodes and of documents: one description serves the types, the checks, the schema and the help. */

interface SpecBase {
  readonly description?: string;
}

export interface NumberSpec extends SpecBase {
  readonly type: 'number' | 'integer';
  /** Inclusive bounds. */
  readonly min?: number;
  readonly max?: number;
  readonly default?: number;
  /** Whether it may be left out although it has no default. */
  readonly optional?: boolean;
}

export interface ChoiceSpec<C extends string = string> extends SpecBase {
  readonly type: 'choice';
  readonly choices: readonly C[];
  readonly default?: C;
}

export interface FlagSpec extends SpecBase {
  readonly type: 'flag';
  readonly default?: boolean;
}

export type ParamSpec = NumberSpec | ChoiceSpec | FlagSpec;
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** What a parameter can be set to. */
export type ParamValue = number | string | boolean;

/** The value that a spec describes, as a node's step sees it. */
export type ParamValueOf<S extends ParamSpec> =
  S extends ChoiceSpec<infer C>
    ? C
    : S extends FlagSpec
      ? boolean
      : S extends { readonly optional: true }
        ? number | undefined
        : number;

export type ParamValuesOf<P extends ParamSpecs> = { readonly [K in keyof P]: ParamValueOf<P[K]> };

export const integer = <const S extends Omit<NumberSpec, 'type'>>(spec: S): S & { readonly type: 'integer' } => ({
  ...spec,
  type: 'integer',
});

export const number = <const S extends Omit<NumberSpec, 'type'>>(spec: S): S & { readonly type: 'number' } => ({
  ...spec,
  type: 'number',
});

export function choice<const C extends string>(
  choices: readonly C[],
  spec: { readonly default: NoInfer<C>; readonly description?: string },
): ChoiceSpec<C> & { readonly default: C };
export function choice<const C extends string>(
  choices: readonly C[],
  spec?: { readonly description?: string },
): ChoiceSpec<C>;
export function choice<const C extends string>(
  choices: readonly C[],
  spec: { readonly default?: C; readonly description?: string } = {},
): ChoiceSpec<C> {
  return { ...spec, type: 'choice', choices };
}

export const flag = <const S extends Omit<FlagSpec, 'type'>>(spec: S): S & { readonly type: 'flag' } => ({
  ...spec,
  type: 'flag',
});
