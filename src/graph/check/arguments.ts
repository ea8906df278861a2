import type { Binding, ParamUse } from '../checked-graph.js';
import { childPath, type JsonPath } from '../json-path.js';
import { quoted } from '../excerpt.js';
import { oneOf } from '../names.js';
import { describeValues, fitProblem, isRequired, isValue, refusedValue } from '../param-rules.js';
import type { ParamSpec } from '../params.js';
import { suggest, type Faults } from './fault-list.js';
import { unreadable, type ArgumentsSyntax, type ArgumentSyntax } from './syntax.js';

export type Specs = ReadonlyMap<string, ParamSpec | null>;

/** Where the value of a graph's parameter comes from, and where a fault in it belongs. */
export interface Source {
  readonly binding: Binding;
  readonly path: JsonPath;
  readonly faults: Faults;
}

/** The graph in which arguments are written. */
export interface ArgumentContext {
  /** For faults in what is written here. */
  readonly faults: Faults;
  /** For faults in values that are written here and passed on, found where they arrive. */
  readonly passed: Faults;
  /** The graph's declared parameters. */
  readonly declared: Specs;
  /** What they are bound to in this copy of the graph; those that were left out are missing. */
  readonly bound: ReadonlyMap<string, Source>;
  readonly uses: ParamUse[];
}

/** The node that arguments are for. */
export interface ArgumentOwner {
  readonly id: string;
  /** Path from the root, subgraphs included. */
  readonly path: string;
}

/** Checks all arguments of a node against its parameters. */
export function bindArguments(
  args: ArgumentsSyntax,
  specs: Specs,
  owner: ArgumentOwner,
  context: ArgumentContext,
): ReadonlyMap<string, Source> {
  const bound = new Map<string, Source>();
  for (const [name, argument] of args.values) {
    const spec = specs.get(name);
    if (spec === undefined) {
      reportUnknown(childPath(args.path, name), name, specs, owner, context.faults);
    } else if (spec !== null) {
      const source = bindArgument(argument, { name, spec }, owner, context);
      if (source !== null) bound.set(name, source);
    }
  }
  for (const [name, spec] of specs) {
    if (spec === null || !isRequired(spec) || args.values.has(name) || args.state === 'broken') continue;
    context.faults.add({
      path: args.state === 'present' ? childPath(args.path, name) : args.path,
      message: `parameter ${quoted(name)} of ${quoted(owner.id)} must be set`,
      expected: describeValues(spec),
      found: 'nothing',
    });
  }
  return bound;
}

/** `null`: left out, or broken, so that no fault is told twice. */
export function bindArgument(
  argument: ArgumentSyntax | null,
  needed: { readonly name: string; readonly spec: ParamSpec },
  owner: ArgumentOwner,
  context: ArgumentContext,
): Source | null {
  if (argument === null) return null;
  const { faults, passed, declared, bound, uses } = context;
  const { path } = argument;
  if (argument.type === 'value') {
    const { value } = argument;
    if (isValue(needed.spec, value)) return { binding: { value }, path, faults: passed };
    faults.add(() => ({ path, ...refusedValue(needed.spec, needed.name, value) }));
    return null;
  }
  const { param } = argument;
  const spec = declared.get(param);
  if (spec === undefined) {
    reportUndeclared(argument, declared, faults);
    return null;
  }
  const problem = spec === null ? undefined : fitProblem({ name: param, spec }, needed);
  if (problem !== undefined) {
    faults.add({ path, ...problem });
    return null;
  }
  const source = bound.get(param);
  if (source === undefined) return null;
  if ('param' in source.binding) uses.push({ param: source.binding.param, path: owner.path, ...needed });
  else reportPassedValue(source, source.binding.value, needed, owner);
  return source;
}

/** A value given to a subgraph may be fine there and still not be for the node inside that it reaches. */
function reportPassedValue(
  source: Source,
  value: number | string | boolean,
  needed: { readonly name: string; readonly spec: ParamSpec },
  owner: ArgumentOwner,
): void {
  if (isValue(needed.spec, value)) return;
  source.faults.add(() => {
    const problem = refusedValue(needed.spec, needed.name, value);
    return { path: source.path, ...problem, message: `in node ${quoted(owner.path)}, ${problem.message}` };
  });
}

function reportUnknown(path: JsonPath, name: string, specs: Specs, owner: ArgumentOwner, faults: Faults): void {
  faults.add(() => ({
    path,
    message: `${quoted(owner.id)} has no parameter ${quoted(name)}`,
    expected: oneOf(specs.keys()),
    found: quoted(name),
    ...suggest(name, specs.keys()),
  }));
}

function reportUndeclared(argument: { path: JsonPath; param: string }, declared: Specs, faults: Faults): void {
  if (declared === unreadable) return;
  const { path, param } = argument;
  faults.add(() => ({
    path: childPath(path, '$param'),
    message: `no parameter ${quoted(param)} is declared`,
    expected: declared.size === 0 ? 'a parameter declared in "params"' : oneOf(declared.keys()),
    found: quoted(param),
    ...suggest(param, declared.keys()),
  }));
}
