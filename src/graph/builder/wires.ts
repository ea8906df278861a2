import type { Ports } from '../node-definition.js';
import type { PortKind } from '../values.js';
import type { ParamRef, Wire, WiresOf } from './types.js';
import type { ParamSpec, ParamSpecs } from '../params.js';

/** Wires for named ports, typed as those of `ports`. */
export function makeWires<T extends Ports>(ports: T, make: (port: string, kind: PortKind) => Wire): WiresOf<T> {
  const wires: unknown = Object.fromEntries(Object.entries(ports).map(([port, kind]) => [port, make(port, kind)]));
  if (isWires(ports, wires)) return wires;
  throw new TypeError('the wires that were made are not those of the ports');
}

/** Wires to other places with the same names and kinds. */
export function wiresLike<T extends Ports>(like: WiresOf<T>, make: (port: string, kind: PortKind) => Wire): WiresOf<T> {
  const wires: unknown = Object.fromEntries(
    Object.entries(kindsOf(like)).map(([port, kind]) => [port, make(port, kind)]),
  );
  if (isLike(like, wires)) return wires;
  throw new TypeError('the wires that were made are not like those given');
}

/** Declared parameters, for nodes to refer to. */
export function makeParamRefs<P extends ParamSpecs>(specs: P): { readonly [N in keyof P]: ParamRef<P[N]> } {
  const refs: unknown = Object.fromEntries(Object.entries(specs).map(([param, spec]) => [param, { param, spec }]));
  if (isParamRefs(specs, refs)) return refs;
  throw new TypeError('the references that were made are not those of the parameters');
}

/** Kinds by port. */
export function kindsOf(wires: Readonly<Record<string, Wire>>): Readonly<Record<string, PortKind>> {
  return Object.fromEntries(Object.entries(wires).map(([port, { kind }]) => [port, kind]));
}

function isWires<T extends Ports>(ports: T, wires: unknown): wires is WiresOf<T> {
  return Object.entries(ports).every(([port, kind]) => field(field(wires, port), 'kind') === kind);
}

function isLike<T extends Ports>(like: WiresOf<T>, wires: unknown): wires is WiresOf<T> {
  return isWires(kindsOf(like), wires);
}

function isParamRefs<P extends Readonly<Record<string, ParamSpec>>>(
  specs: P,
  refs: unknown,
): refs is { readonly [N in keyof P]: ParamRef<P[N]> } {
  return Object.entries(specs).every(([name, spec]) => field(field(refs, name), 'spec') === spec);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
