import { readdirSync } from 'node:fs';
import type { NodeDefinition, Ports } from '../src/graph/node-definition.js';
import type { Registry } from '../src/graph/registry.js';

/** The folders of src/nodes in the order of a sampler's step, with what their nodes have in common. */
const groups: readonly (readonly [folder: string, title: string, purpose: string])[] = [
  ['predict', 'Predict', 'Forwards of the model, and predictions made from predictions.'],
  ['propose', 'Propose', 'Tokens drawn from a prediction.'],
  ['score', 'Score', 'A number for each position, the worst the highest; and numbers made from them.'],
  ['select', 'Select', 'Which positions, and how many.'],
  ['noise', 'Renoise', 'Noise levels, and noise that is put on blocks and taken off.'],
  ['canvas', 'Commit', 'Rows, their blocks and their KV caches.'],
];

/** docs/nodes.md: every kind of node, by what it is for. */
export function nodePage(registry: Registry): string {
  const sections = groups.map(([folder, title, purpose]) => {
    const rows = readdirSync(new URL(`../src/nodes/${folder}`, import.meta.url))
      .map((file) => file.replace(/\.ts$/, ''))
      .sort()
      .flatMap((kind) => registry.get(kind) ?? [])
      .map(rowOf);
    return `## ${title}\n\n${purpose}\n\n| kind | what it does | in | out |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  const head =
    '# Nodes\n\nWritten by `npm run schema` from the definitions in `src/nodes`. `samplewire nodes KIND` tells of the parameters of one.\n';
  return [head, ...sections].join('\n');
}

function rowOf({ kind, summary, source, inputs, outputs }: NodeDefinition): string {
  const what = source === undefined ? summary : `${summary} (${source})`;
  return `| ${[`\`${kind}\``, what.replaceAll('|', '\\|'), ports(inputs), ports(outputs)].join(' | ')} |`;
}

const ports = (given: Ports): string =>
  Object.entries(given)
    .map(([name, kind]) => (name === kind ? name : `${name}: ${kind}`))
    .join(', ');
