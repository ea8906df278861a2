import type { Command } from 'commander';
import { pipelineSchema } from '../../graph/schema.js';
import { importOption, nodesWith, type ImportedFlags } from '../documents.js';
import { exitCodes } from '../exit-code.js';
import { write, type Session } from '../session.js';
import type { Finish } from './command.js';

export function addSchemaCommand(program: Command, session: Session, finish: Finish): void {
  program
    .command('schema')
    .summary('write the JSON Schema of pipelines, for editors')
    .description(
      'Writes the JSON Schema of pipeline documents, by which editors complete and check them: ' +
        'that of the standard nodes, and of nodes of your own.',
    )
    .addOption(importOption())
    .addHelpText('after', '\nExample:\n  samplewire schema --import ./my-node.mjs > my.schema.json')
    .action(async (flags: ImportedFlags) => {
      await write(session, `${JSON.stringify(pipelineSchema(await nodesWith(flags)), null, 2)}\n`);
      finish(exitCodes.ok);
    });
}
