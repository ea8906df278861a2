import { childPath } from '../json-path.js';
import { quoted } from '../excerpt.js';
import { oneOf } from '../names.js';
import type { PortKind } from '../values.js';
import { suggest, type Faults } from './fault-list.js';
import type { Known } from './scope.js';
import { quotedRef, type RefSyntax, type WiresSyntax } from './syntax.js';

/** Ports with their kinds; `null` where the kind hangs on something broken. */
export type ExpectedPorts = ReadonlyMap<string, PortKind | null>;

/** How faults name the ports of a list of wires. */
export interface Wording {
  /** A port that should be wired and is not. */
  missing(port: string): string;
  /** A wire to a port that is not there. */
  unknown(port: string): string;
  /** The end of a wire. */
  target(port: string): string;
}

export const words = {
  input: (id: string): Wording => ({
    missing: (port) => `input ${quoted(port)} of ${quoted(id)} is not wired`,
    unknown: (port) => `${quoted(id)} has no input ${quoted(port)}`,
    target: (port) => `input ${quoted(port)} of ${quoted(id)}`,
  }),
  next: (id: string): Wording => ({
    missing: (port) => `carry ${quoted(port)} of loop ${quoted(id)} has no next value`,
    unknown: (port) => `loop ${quoted(id)} carries no ${quoted(port)}`,
    target: (port) => `carry ${quoted(port)} of loop ${quoted(id)}`,
  }),
  branch: (id: string): Wording => ({
    missing: (port) => `only the "then" branch of ${quoted(id)} gives ${quoted(port)}`,
    unknown: (port) => `only the "else" branch of ${quoted(id)} gives ${quoted(port)}`,
    target: (port) => `output ${quoted(port)} of both branches of ${quoted(id)}`,
  }),
};

/** Checks that wires lead to exactly these ports, with values of their kinds, and resolves them. */
export function expectWires(
  wires: WiresSyntax,
  ports: ExpectedPorts,
  wording: Wording,
  resolve: (ref: RefSyntax | null) => Known,
  faults: Faults,
): ReadonlyMap<string, Known> {
  const resolved = new Map<string, Known>();
  for (const [port, kind] of ports) {
    const ref = wires.refs.get(port);
    if (ref === undefined) {
      if (wires.state !== 'broken') reportMissing(wires, port, kind, wording, faults);
      resolved.set(port, null);
      continue;
    }
    const wire = resolve(ref);
    const fits = wire === null || kind === null || wire.kind === kind;
    if (!fits && ref !== null)
      reportKind(ref, { target: wording.target(port), expected: kind, found: wire.kind }, faults);
    resolved.set(port, fits ? wire : null);
  }
  for (const [port, ref] of wires.refs) {
    if (ports.has(port)) continue;
    faults.add(() => ({
      path: childPath(wires.path, port),
      message: wording.unknown(port),
      expected: oneOf(ports.keys()),
      found: quoted(port),
      ...suggest(port, ports.keys()),
    }));
    resolve(ref);
  }
  return resolved;
}

export function reportKind(
  ref: RefSyntax,
  fault: { readonly target: string; readonly expected: PortKind; readonly found: PortKind },
  faults: Faults,
): void {
  faults.add({
    path: ref.path,
    message: `${fault.target} takes ${fault.expected}, but ${quotedRef(ref)} gives ${fault.found}`,
    expected: fault.expected,
    found: fault.found,
  });
}

export function kindsOf(wires: ReadonlyMap<string, Known>): ExpectedPorts {
  return new Map([...wires].map(([name, wire]) => [name, wire?.kind ?? null]));
}

/** Numbers of the values by port. */
export function valuesOf(wires: ReadonlyMap<string, Known>): Readonly<Record<string, number>> {
  return Object.fromEntries([...wires].flatMap(([port, wire]) => (wire === null ? [] : [[port, wire.value]])));
}

function reportMissing(
  wires: WiresSyntax,
  port: string,
  kind: PortKind | null,
  wording: Wording,
  faults: Faults,
): void {
  faults.add({
    path: wires.state === 'present' ? childPath(wires.path, port) : wires.path,
    message: wording.missing(port),
    expected: kind ?? 'a wire',
    found: 'nothing',
  });
}
