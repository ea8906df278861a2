import { match } from 'ts-pattern';
import { structuralKinds } from '../document.js';
import { quoted } from '../excerpt.js';
import { childPath } from '../json-path.js';
import { indexName, namePattern } from '../names.js';
import type { Registry } from '../registry.js';
import { suggest, type Faults } from './fault-list.js';
import { isObject, showJson } from './json.js';
import {
  readFields,
  readFlag,
  readNamed,
  readText,
  refuse,
  reservedIds,
  type Fields,
  type Spot,
} from './read-fields.js';
import type { MissingImports } from './read-imports.js';
import { readArgument } from './read-params.js';
import {
  type ArgumentsSyntax,
  type BranchSyntax,
  type NodeSyntax,
  type RefSyntax,
  type RegionSyntax,
  type State,
  type WiresSyntax,
  unreadable,
} from './syntax.js';

export interface NodeReading {
  readonly registry: Registry;
  readonly faults: Faults;
  /** The document's modules that were not loaded: what nobody knows may be theirs. */
  readonly missing: MissingImports;
}

/** Reads the nodes of a document or of a body, which must be there. */
export function readRegion(spot: Spot | null, what: string, reading: NodeReading): RegionSyntax {
  return spot === null ? unreadable : readOptionalRegion(spot, what, reading);
}

function readOptionalRegion(spot: Spot | null, what: string, reading: NodeReading): RegionSyntax {
  return readNamed(spot, what, reading.faults, (entry, id) => readNode(entry, id, reading), reservedIds);
}

/** Reads wires by port name. `owner` and `field` say where they would be if there are none. */
export function readWires(
  spot: Spot | null,
  where: { readonly owner: string; readonly field: 'in' | 'carry' | 'next' | 'outputs' },
  faults: Faults,
): WiresSyntax {
  const reserved = where.field === 'carry' ? [indexName] : [];
  const refs = readNamed(spot, `"${where.field}"`, faults, (entry) => readRef(entry, faults), reserved);
  const state = where.field === 'in' ? stateOf(spot) : stateOf(spot) === 'present' ? 'present' : 'broken';
  return { path: childPath(where.owner, where.field), state, refs };
}

function stateOf(spot: Spot | null): State {
  if (spot === null) return 'absent';
  return isObject(spot.json) ? 'present' : 'broken';
}

function readNode(spot: Spot, id: string, reading: NodeReading): NodeSyntax {
  const { registry, faults, missing } = reading;
  const broken = { type: 'broken', id, path: spot.path } as const;
  if (!isObject(spot.json)) {
    refuse(faults, spot, `node ${quoted(id)} must be an object`, 'an object with a "kind"');
    return broken;
  }
  const kind = spot.json.get('kind');
  if (typeof kind !== 'string') {
    const path = childPath(spot.path, 'kind');
    const found = kind === undefined ? 'nothing' : showJson(kind);
    faults.add({ path, message: `node ${quoted(id)} needs a kind`, expected: 'the name of a kind of node', found });
    return broken;
  }
  return (
    match(kind)
      .with('loop', () => readLoop(spot, id, reading))
      .with('if', () => readIf(spot, id, reading))
      .with('graph', () => readUse(spot, id, faults))
      .otherwise(() => {
        if (registry.get(kind) !== undefined) return readUnit(spot, id, kind, faults);
        // A kind of a module that is missing has ports that nobody knows, but its wires start at nodes that are known.
        if (missing.mayBring) {
          missing.note(kind);
          return readUnit(spot, id, kind, faults);
        }
        reportKind(spot, kind, reading);
        return broken;
      }) ?? broken
  );
}

function reportKind(spot: Spot, kind: string, { registry, faults }: NodeReading): void {
  faults.add(() => ({
    path: childPath(spot.path, 'kind'),
    message: `there is no kind of node ${quoted(kind)}`,
    expected: 'a registered kind, loop, if or graph',
    found: showJson(kind),
    ...suggest(kind, [...registry.kinds, ...structuralKinds]),
  }));
}

function readUnit(spot: Spot, id: string, kind: string, faults: Faults): NodeSyntax | null {
  const shape = { required: ['kind'], optional: ['in', 'params'] } as const;
  const fields = readFields(spot, `node ${quoted(id)}`, shape, faults);
  if (fields === null) return null;
  return { type: 'unit', id, path: spot.path, kind, ...readIncoming(spot, fields, faults) };
}

function readUse(spot: Spot, id: string, faults: Faults): NodeSyntax | null {
  const shape = { required: ['kind', 'use'], optional: ['in', 'params', 'draft'] } as const;
  const fields = readFields(spot, `node ${quoted(id)}`, shape, faults);
  if (fields === null) return null;
  const use = readText(fields('use'), 'the name of a subgraph', faults);
  const draft = readFlag(fields('draft'), '"draft"', faults) ?? false;
  return { type: 'graph', id, path: spot.path, use, draft, ...readIncoming(spot, fields, faults) };
}

function readIncoming(
  spot: Spot,
  fields: Fields<'in' | 'params'>,
  faults: Faults,
): { readonly in: WiresSyntax; readonly params: ArgumentsSyntax } {
  const params = fields('params');
  return {
    in: readWires(fields('in'), { owner: spot.path, field: 'in' }, faults),
    params: {
      path: childPath(spot.path, 'params'),
      state: stateOf(params),
      values: readNamed(params, '"params"', faults, (entry) => readArgument(entry, faults)),
    },
  };
}

function readLoop(spot: Spot, id: string, reading: NodeReading): NodeSyntax | null {
  const { faults } = reading;
  const shape = { required: ['kind', 'carry', 'max', 'body', 'next'], optional: ['until'] } as const;
  const fields = readFields(spot, `loop ${quoted(id)}`, shape, faults);
  if (fields === null) return null;
  const max = fields('max');
  const until = fields('until');
  return {
    type: 'loop',
    id,
    path: spot.path,
    carry: readWires(fields('carry'), { owner: spot.path, field: 'carry' }, faults),
    max: max === null ? null : readArgument(max, faults),
    until: until === null ? undefined : readRef(until, faults),
    body: readRegion(fields('body'), `the body of loop ${quoted(id)}`, reading),
    next: readWires(fields('next'), { owner: spot.path, field: 'next' }, faults),
  };
}

function readIf(spot: Spot, id: string, reading: NodeReading): NodeSyntax | null {
  const { faults } = reading;
  const shape = { required: ['kind', 'flag', 'then', 'else'], optional: [] } as const;
  const fields = readFields(spot, `if ${quoted(id)}`, shape, faults);
  if (fields === null) return null;
  const flag = fields('flag');
  return {
    type: 'if',
    id,
    path: spot.path,
    flag: flag === null ? null : readRef(flag, faults),
    then: readBranch(fields('then'), `the "then" branch of ${quoted(id)}`, reading),
    else: readBranch(fields('else'), `the "else" branch of ${quoted(id)}`, reading),
  };
}

function readBranch(spot: Spot | null, what: string, reading: NodeReading): BranchSyntax | null {
  if (spot === null) return null;
  const fields = readFields(spot, what, { required: ['outputs'], optional: ['nodes'] }, reading.faults);
  if (fields === null) return null;
  return {
    nodes: readOptionalRegion(fields('nodes'), what, reading),
    outputs: readWires(fields('outputs'), { owner: spot.path, field: 'outputs' }, reading.faults),
  };
}

function readRef(spot: Spot, faults: Faults): RefSyntax | null {
  const text = readText(spot, 'a wire', faults);
  if (text === null) return null;
  const [node = '', port = '', ...rest] = text.split('.');
  if (rest.length > 0 || !namePattern.test(node) || !namePattern.test(port)) {
    return refuse(faults, spot, 'this names no port of a node', 'a reference "node.port"');
  }
  return { path: spot.path, node, port };
}
