import type { NodeDefinition, Ports } from './node-definition.js';
import { describeValues, isRequired } from './param-rules.js';
import type { ParamSpecs } from './params.js';

/**
 * A kind of node for people, in a few lines: what it does, its ports with their kinds, its parameters with
 * their values and defaults.
 */
export function describeNode(definition: NodeDefinition): string {
  const { kind, summary, source, inputs, outputs, params } = definition;
  const lines = [
    `${kind}: ${summary}`,
    ...(source === undefined ? [] : [`source: ${source}`]),
    `in:  ${describePorts(inputs)}`,
    `out: ${describePorts(outputs)}`,
    ...describeParams(params),
  ];
  return lines.join('\n  ');
}

/** One line for each parameter: name, values, default, purpose. */
export function describeParams(params: ParamSpecs): readonly string[] {
  return Object.entries(params).map(([name, spec]) => {
    const fallback =
      spec.default === undefined ? (isRequired(spec) ? 'required' : 'optional') : `default ${spec.default}`;
    const purpose = spec.description === undefined ? '' : `; ${spec.description}`;
    return `${name}: ${describeValues(spec)} (${fallback})${purpose}`;
  });
}

function describePorts(ports: Ports): string {
  const list = Object.entries(ports).map(([port, kind]) => (port === kind ? port : `${port}: ${kind}`));
  return list.length === 0 ? 'nothing' : list.join(', ');
}
