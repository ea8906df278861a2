import type { Command } from 'commander';
import { formatFault } from '../../graph/fault.js';
import { InputError } from '../../graph/input-error.js';
import { allowImportsOption, checkPipelineOf, findPipeline, type ImportFlags } from '../documents.js';
import { exitCodes } from '../exit-code.js';
import { print, say } from '../report.js';
import type { Session } from '../session.js';
import { shownPath } from '../shipped.js';
import { visible } from '../../graph/visible.js';
import type { Finish } from './command.js';

export function addCheckCommand(program: Command, session: Session, finish: Finish): void {
  program
    .command('check')
    .summary('find every fault in pipeline documents')
    .description(
      'Checks pipeline documents and lists every fault, each with its place, what was expected and what was found.',
    )
    .argument('<file...>', 'files or names of pipelines')
    .addOption(allowImportsOption())
    .addHelpText('after', '\nExamples:\n  samplewire check my-sampler.json\n  samplewire check pipelines/*.json')
    .action(async (files: string[], flags: ImportFlags) => finish(await checkFiles(session, files, flags)));
}

async function checkFiles(session: Session, files: readonly string[], flags: ImportFlags): Promise<number> {
  let code: number = exitCodes.ok;
  for (const file of files) {
    try {
      const path = findPipeline(file);
      const outcome = await checkPipelineOf(path, flags);
      if (outcome.ok) {
        await print(session, `${visible(shownPath(path))}: ok\n`);
        continue;
      }
      const count = outcome.faults.length === 1 ? '1 fault' : `${String(outcome.faults.length)} faults`;
      const lines = outcome.faults.map((fault) => `  ${visible(formatFault(fault))}\n`);
      await print(session, `${visible(shownPath(path))}: ${count}\n${lines.join('')}`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      say(session, 'error', error.message);
    }
    code = exitCodes.badInput;
  }
  return code;
}
