import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { backends } from '../../models/backends.js';
import { expectedCases, verifyEach, type BackendVerification } from '../../models/verify-each.js';
import { visible } from '../../graph/visible.js';
import { verifyCheckpoint } from '../../models/verify.js';
import { withChoosing } from '../choosing.js';
import { exitCodes } from '../exit-code.js';
import { integerFlag } from '../integer-flag.js';
import { withOpeningBar } from '../opening.js';
import { print, say } from '../report.js';
import { stoppedCode, type Session } from '../session.js';
import { ChangingLine } from '../terminal/changing-line.js';
import type { Finish } from './command.js';
import { addBackendOptions, backendOptionsOf, type BackendFlags } from './model-options.js';
import { allAgree, verifyTable } from './verify-table.js';

/** In place of a backend's name: every one, in one table. */
const every = 'all';

export function addVerifyCommand(program: Command, session: Session, finish: Finish): void {
  const command = program
    .command('verify')
    .summary('compare a backend with reference logits')
    .description(
      "Runs the parity cases in a checkpoint folder's expected.json on a backend and prints the largest difference of " +
        'logits for each. Exit code 1 when one is beyond its tolerance. `--backend all` tries every backend, each in a process of its own, and ' +
        'prints one table; a backend that is not here has a dash, and the reason below.',
    )
    .argument('<dir...>', 'checkpoint folders with an expected.json');
  addBackendOptions(command, [every])
    .addHelpText(
      'after',
      '\nExample:\n  samplewire verify checkpoints/blockgen --backend tensorflow\n  samplewire verify checkpoints/* --backend all',
    )
    .action(async (folders: string[], flags: BackendFlags) =>
      finish(await (flags.backend === every ? verifyAll : verify)(session, folders, flags)),
    );
}

async function verify(session: Session, folders: readonly string[], flags: BackendFlags): Promise<number> {
  const options = backendOptionsOf(flags);
  let code: number = exitCodes.ok;
  for (const folder of folders) {
    const { name, cases, warnings } = await withChoosing(session, (choosing) =>
      withOpeningBar(session, basename(resolve(folder)), (progress) =>
        verifyCheckpoint(folder, { ...options, progress, signal: session.signal, choosing }),
      ),
    );
    warnings.forEach((warning) => say(session, 'warning', warning));
    const width = Math.max(...cases.map(({ label }) => label.length));
    for (const { label, difference, tolerance, passed } of cases) {
      const figures = `largest difference ${difference.toExponential(2)}, tolerance ${tolerance.toExponential(0)}`;
      await print(session, `${passed ? 'ok  ' : 'FAIL'} ${visible(`${name}: ${label.padEnd(width)}`)}  ${figures}\n`);
      if (!passed) code = exitCodes.failed;
    }
    if (session.signal.aborted) return stoppedCode(session.stopReason);
  }
  return code;
}

async function verifyAll(
  session: Session,
  folders: readonly string[],
  { precision, threads }: BackendFlags,
): Promise<number> {
  const count = integerFlag('--threads', threads, 1);
  const expected = await expectedCases(folders);
  const line = new ChangingLine(session);
  const found: BackendVerification[] = [];
  const printTable = async (): Promise<void> => {
    line.wipe();
    if (found.length > 0) await print(session, `${verifyTable(expected, found).join('\n')}\n`);
  };
  try {
    await verifyEach(folders, backends, {
      ...(precision === undefined ? {} : { precision }),
      ...(count === undefined ? {} : { threads: count }),
      signal: session.signal,
      tell: (backend) => line.change(`verifying on ${backend}`),
      take: (each) => found.push(each),
    });
    await printTable();
    return allAgree(expected, found) ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (!session.signal.aborted) throw error;
    // A driver that hangs does so until somebody stops it: what the others gave is not lost for that.
    await printTable();
    return stoppedCode(session.stopReason);
  } finally {
    line.wipe();
  }
}
