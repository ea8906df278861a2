import { Chalk } from 'chalk';
import type { Command } from 'commander';
import { describeNode } from '../../graph/describe.js';
import { InputError } from '../../graph/input-error.js';
import { didYouMean, listing } from '../../graph/names.js';
import type { NodeDefinition } from '../../graph/node-definition.js';
import { printable, visibleJson } from '../../graph/visible.js';
import type { Registry } from '../../graph/registry.js';
import { importOption, nodesWith, type ImportedFlags } from '../documents.js';
import { exitCodes } from '../exit-code.js';
import { write, type Session } from '../session.js';
import { colourLevel } from '../terminal/colours.js';
import type { Finish } from './command.js';

export function addNodesCommand(program: Command, session: Session, finish: Finish): void {
  program
    .command('nodes')
    .summary('list the kinds of nodes that a pipeline may use')
    .description('Lists every kind of node, or those named: what it does, its ports and its parameters.')
    .argument('[kind...]', 'kinds to show')
    .addOption(importOption())
    .option('--json', 'one JSON array instead of text')
    .addHelpText(
      'after',
      '\nExamples:\n  samplewire nodes\n  samplewire nodes remask ar-score\n  samplewire nodes --json\n  samplewire nodes --import ./my-node.mjs my-kind',
    )
    .action(async (kinds: string[], { json, ...flags }: ImportedFlags & { readonly json?: boolean }) => {
      const registry = await nodesWith(flags);
      const definitions = kinds.length === 0 ? registry.definitions : kinds.map((kind) => definitionOf(kind, registry));
      if (json === true) await write(session, `${visibleJson(definitions.map(facts), 2)}\n`);
      else {
        const chalk = new Chalk({ level: colourLevel(session.environment, 'stdout') });
        const page = (definition: NodeDefinition): string =>
          chalk.bold(definition.kind) + printable(describeNode(definition)).slice(definition.kind.length);
        await write(session, `${definitions.map(page).join('\n\n')}\n`);
      }
      finish(exitCodes.ok);
    });
}

function definitionOf(kind: string, registry: Registry): NodeDefinition {
  const definition = registry.get(kind);
  if (definition !== undefined) return definition;
  const hint = didYouMean(kind, registry.kinds);
  throw new InputError(`there is no kind of node "${kind}" (there are ${listing(registry.kinds)})${hint}`);
}

/** What a definition says of itself, as plain data. */
function facts({ kind, summary, source, inputs, outputs, params }: NodeDefinition): object {
  return { kind, summary, ...(source === undefined ? {} : { source }), inputs, outputs, params };
}
