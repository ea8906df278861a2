import { match } from 'ts-pattern';
import { structuralKinds } from './document.js';
import { currentFormat } from './migrations.js';
import { importPattern, indexName, inputId, namePattern } from './names.js';
import type { NodeDefinition } from './node-definition.js';
import { isRequired } from './param-rules.js';
import type { ParamSpec } from './params.js';
import type { Registry } from './registry.js';
import { portKinds } from './values.js';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const namePatternSource = namePattern.source;

/**
 * JSON Schema (draft 2020-12) of pipelines over these kinds of nodes, for editors. It knows fields, kinds, ports
 * and parameters; where wires lead, and what they carry, only `checkPipeline` knows.
 */
export function pipelineSchema(registry: Registry): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `samplewire pipeline, format ${currentFormat}`,
    ...fields({
      required: {
        format: { const: currentFormat, description: 'version of this format' },
        name: { type: 'string', pattern: '\\S' },
      },
      optional: {
        $schema: { type: 'string' },
        imports: {
          type: 'array',
          items: { type: 'string', pattern: importPattern.source },
          uniqueItems: true,
          description: 'modules that define more kinds of nodes: ./file.mjs, or a package',
        },
        graphs: { ...named(ref('graph')), description: 'subgraphs, for { "kind": "graph", "use": "name" }' },
      },
      also: graphFields,
    }),
    $defs: { ...commonDefinitions, node: nodeSchema(registry), ...unitSchemas(registry) },
  };
}

const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

const unitName = (kind: string): string => `node-${kind}`;

interface FieldSchemas {
  readonly required: JsonSchema;
  readonly optional: JsonSchema;
  readonly also?: Omit<FieldSchemas, 'also'>;
}

/** An object with these fields and no others. */
function fields({ required, optional, also }: FieldSchemas): JsonSchema {
  const needed = [...Object.keys(required), ...Object.keys(also?.required ?? {})];
  return {
    type: 'object',
    properties: { ...required, ...also?.required, ...optional, ...also?.optional },
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  };
}

/** An object whose keys are names that the document gives. */
function named(entry: JsonSchema, reserved?: string): JsonSchema {
  const pattern = reserved === undefined ? namePatternSource : `^(?!${reserved}$)${namePatternSource.slice(1)}`;
  return { type: 'object', propertyNames: { pattern }, additionalProperties: entry };
}

const wires = named(ref('reference'));
const nodes = named(ref('node'), inputId);

const graphFields = {
  required: { nodes, outputs: { ...wires, description: 'what the pipeline gives: names with references' } },
  optional: {
    description: { type: 'string' },
    params: { ...named(ref('paramSpec')), description: 'what users may set' },
    inputs: { ...named(ref('portKind')), description: 'what the pipeline gets: names with kinds of ports' },
    layout: {
      type: 'object',
      description: 'places of nodes for editors, by path',
      additionalProperties: fields({ required: { x: { type: 'number' }, y: { type: 'number' } }, optional: {} }),
    },
  },
};

const spec = (type: string, required: JsonSchema, optional: JsonSchema): JsonSchema =>
  fields({
    required: { type: { const: type }, ...required },
    optional: { ...optional, description: { type: 'string' } },
  });

const bounds = (type: string): JsonSchema => ({
  min: { type },
  max: { type },
  default: { type },
  optional: { type: 'boolean', description: 'may be left out although it has no default' },
});

const commonDefinitions: JsonSchema = {
  reference: {
    type: 'string',
    pattern: `${namePatternSource.slice(0, -1)}\\.${namePatternSource.slice(1)}`,
    description: '"node.port"; "input.name" is an input of the pipeline',
  },
  portKind: {
    oneOf: Object.entries(portKinds).map(([kind, { summary }]) => ({ const: kind, description: summary })),
  },
  paramRef: fields({ required: { $param: { type: 'string', pattern: namePatternSource } }, optional: {} }),
  paramSpec: byTag('type', {
    number: spec('number', {}, bounds('number')),
    integer: spec('integer', {}, bounds('integer')),
    choice: spec(
      'choice',
      { choices: { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true } },
      { default: { type: 'string' } },
    ),
    flag: spec('flag', {}, { default: { type: 'boolean' } }),
  }),
  graph: fields({ required: {}, optional: {}, also: graphFields }),
  branch: fields({ required: { outputs: wires }, optional: { nodes } }),
  loop: fields({
    required: {
      kind: { const: 'loop' },
      carry: { ...named(ref('reference'), indexName), description: 'values that go round, with where they start' },
      max: { ...argument({ type: 'integer', min: 0 }), description: 'most iterations' },
      body: nodes,
      next: { ...wires, description: 'where each carry goes on' },
    },
    optional: { until: { ...ref('reference'), description: 'the flag that ends the loop' } },
  }),
  if: fields({
    required: { kind: { const: 'if' }, flag: ref('reference'), then: ref('branch'), else: ref('branch') },
    optional: {},
  }),
  use: fields({
    required: { kind: { const: 'graph' }, use: { type: 'string', description: 'a name in "graphs", or ./file.json' } },
    optional: {
      in: wires,
      params: named({ anyOf: [{ type: ['number', 'string', 'boolean'] }, ref('paramRef')] }),
      draft: { type: 'boolean', description: 'what is committed inside is only tried out, and not part of the row' },
    },
  }),
};

function nodeSchema(registry: Registry): JsonSchema {
  const structural = { loop: ref('loop'), if: ref('if'), graph: ref('use') };
  const summaries: Readonly<Record<(typeof structuralKinds)[number], string>> = {
    loop: 'Repeats a body until a flag is true, or a number of times.',
    if: 'Runs one of two branches.',
    graph: 'Includes a subgraph.',
  };
  const units = Object.fromEntries(registry.kinds.map((kind) => [kind, ref(unitName(kind))]));
  const kinds = [
    ...structuralKinds.map((kind) => ({ const: kind, description: summaries[kind] })),
    ...registry.definitions.map(({ kind, summary }) => ({ const: kind, description: summary })),
  ];
  return { ...byTag('kind', { ...structural, ...units }), properties: { kind: { oneOf: kinds } } };
}

/** An object whose shape hangs on one of its fields: told apart by `if`, so that editors report the fault itself. */
function byTag(tag: string, shapes: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return {
    type: 'object',
    required: [tag],
    properties: { [tag]: { enum: Object.keys(shapes) } },
    allOf: Object.entries(shapes).map(([name, shape]) => ({
      if: { properties: { [tag]: { const: name } }, required: [tag] },
      then: shape,
    })),
  };
}

function unitSchemas(registry: Registry): JsonSchema {
  return Object.fromEntries(
    registry.definitions.map((definition) => [unitName(definition.kind), unitSchema(definition)]),
  );
}

function unitSchema({ kind, summary, source, inputs, params }: NodeDefinition): JsonSchema {
  const ports = Object.entries(inputs).map(([port, portKind]): [string, JsonSchema] => [
    port,
    { ...ref('reference'), description: portKind },
  ]);
  const specs = Object.entries(params);
  const split = (required: boolean): JsonSchema =>
    Object.fromEntries(
      specs.filter(([, one]) => isRequired(one) === required).map(([name, one]) => [name, argument(one)]),
    );
  const incoming = fields({ required: Object.fromEntries(ports), optional: {} });
  const set = fields({ required: split(true), optional: split(false) });
  const parts = { in: [incoming, ports.length > 0], params: [set, specs.some(([, one]) => isRequired(one))] } as const;
  const pick = (needed: boolean): JsonSchema =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([name, [schema, need]]) => (need === needed ? [[name, schema]] : [])),
    );
  return {
    description: source === undefined ? summary : `${summary} (${source})`,
    ...fields({ required: { kind: { const: kind }, ...pick(true) }, optional: pick(false) }),
  };
}

/** What a parameter of a node may be set to. */
function argument(param: ParamSpec): JsonSchema {
  return {
    ...(param.description === undefined ? {} : { description: param.description }),
    ...(param.default === undefined ? {} : { default: param.default }),
    anyOf: [valueSchema(param), ref('paramRef')],
  };
}

function valueSchema(param: ParamSpec): JsonSchema {
  return match(param)
    .returnType<JsonSchema>()
    .with({ type: 'choice' }, ({ choices }) => ({ enum: choices }))
    .with({ type: 'flag' }, () => ({ type: 'boolean' }))
    .with({ type: 'integer' }, { type: 'number' }, ({ type, min, max }) => ({
      type,
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    }))
    .exhaustive();
}
