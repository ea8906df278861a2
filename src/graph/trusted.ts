import type { NodeDefinition } from './node-definition.js';

const known = new WeakSet<NodeDefinition>();

/** Has the runtime take these definitions at their word: they are ours, typed, and tested by `checkNode`. */
export function trust<const D extends readonly NodeDefinition[]>(definitions: D): D {
  for (const definition of definitions) known.add(definition);
  return definitions;
}

/** Whether what a node of this definition puts out is good without a look at all of it. */
export const isTrusted = (definition: NodeDefinition): boolean => known.has(definition);
