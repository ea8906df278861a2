import type { CheckedGraph } from '../../graph/checked-graph.js';
import { runsBare } from '../documents.js';
import { shippedPipelines } from '../shipped.js';
import type { FormatContext } from './format.js';

/** What a person may do after a run: change its file, set one of its parameters, take another pipeline. */
export function nextToTry({
  graph,
  path,
  params,
}: Pick<FormatContext, 'path' | 'params'> & {
  readonly graph: Pick<CheckedGraph, 'name' | 'params' | 'paramUses'>;
}): readonly string[] {
  const { name } = graph;
  const read = new Set(graph.paramUses.map(({ param }) => param));
  const settings = Object.entries(graph.params).flatMap(([param, spec]) => {
    const other =
      spec.type === 'choice' && read.has(param) ? spec.choices.findLast((value) => value !== params[param]) : undefined;
    return other === undefined ? [] : [`--set ${param}=${other}`];
  });
  const shipped = shippedPipelines();
  const at = shipped.indexOf(name) + 1;
  const following = [...shipped.slice(at), ...shipped.slice(0, at)].find((other) => other !== name && runsBare(other));
  return [
    `Next: edit ${path}`,
    settings.at(-1) ?? '--seed 1',
    ...(following === undefined ? [] : [`run ${following}`]),
  ];
}
