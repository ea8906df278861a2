import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { verifyCheckpoint } from '../../models/verify.js';
import { exitCodes } from '../exit-code.js';
import { withOpeningBar } from '../opening.js';
import { say } from '../report.js';
import { stoppedCode, write, type Session } from '../session.js';
import type { Finish } from './command.js';
import { addBackendOptions, backendOptionsOf, type BackendFlags } from './model-options.js';

export function addVerifyCommand(program: Command, session: Session, finish: Finish): void {
  const command = program
    .command('verify')
    .summary('compare a backend with reference logits')
    .description(
      "Runs the parity cases in a checkpoint folder's expected.json on a backend and prints the largest difference of " +
        'logits for each. Exit code 1 when one is beyond its tolerance.',
    )
    .argument('<dir...>', 'checkpoint folders with an expected.json');
  addBackendOptions(command)
    .addHelpText('after', '\nExample:\n  samplewire verify checkpoints/blockgen --backend tensorflow')
    .action(async (folders: string[], flags: BackendFlags) => finish(await verify(session, folders, flags)));
}

async function verify(session: Session, folders: readonly string[], flags: BackendFlags): Promise<number> {
  const options = backendOptionsOf(flags);
  let code: number = exitCodes.ok;
  for (const folder of folders) {
    const { name, cases, warnings } = await withOpeningBar(session, basename(resolve(folder)), (progress) =>
      verifyCheckpoint(folder, { ...options, progress, signal: session.signal }),
    );
    warnings.forEach((warning) => say(session, 'warning', warning));
    const width = Math.max(...cases.map(({ label }) => label.length));
    for (const { label, difference, tolerance, passed } of cases) {
      const figures = `largest difference ${difference.toExponential(2)}, tolerance ${tolerance.toExponential(0)}`;
      await write(session, `${passed ? 'ok  ' : 'FAIL'} ${name}: ${label.padEnd(width)}  ${figures}\n`);
      if (!passed) code = exitCodes.failed;
    }
    if (session.signal.aborted) return stoppedCode(session.stopReason);
  }
  return code;
}
