import type { Command } from 'commander';
import { drawPipeline } from '../../graph/draw.js';
import { allowImportsOption, loadPipelineWithImports, type ImportFlags } from '../documents.js';
import { exitCodes } from '../exit-code.js';
import { write, type Session } from '../session.js';
import type { Finish } from './command.js';

export function addDrawCommand(program: Command, session: Session, finish: Finish): void {
  program
    .command('draw')
    .summary('draw a pipeline as a Mermaid flowchart')
    .description('Writes a pipeline as a Mermaid flowchart, which Markdown viewers and mermaid.live show.')
    .argument('<pipeline>', 'file or name of a pipeline')
    .addOption(allowImportsOption())
    .addHelpText('after', '\nExample:\n  samplewire draw block-ancestral > block-ancestral.mmd')
    .action(async (pipeline: string, flags: ImportFlags) => {
      const { graph } = await loadPipelineWithImports(pipeline, flags);
      await write(session, drawPipeline(graph.document));
      finish(exitCodes.ok);
    });
}
