import { Command, CommanderError } from 'commander';
import { addCheckCommand } from './commands/check.js';
import { addCompareCommand } from './commands/compare.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addDrawCommand } from './commands/draw.js';
import { addInstallCommand } from './commands/install.js';
import { addNodesCommand } from './commands/nodes.js';
import { addRunCommand } from './commands/run.js';
import { addSchemaCommand } from './commands/schema.js';
import { addTrainCommand } from './commands/train.js';
import { addVerifyCommand } from './commands/verify.js';
import { exitCodes } from './exit-code.js';
import { reportError, say } from './report.js';
import { stoppedCode, type Session } from './session.js';
import { version } from './version.js';

/** Runs the command line and gives the exit code. Nothing is thrown: what goes wrong is told on stderr. */
export async function runProgram(words: readonly string[], session: Session): Promise<number> {
  let code: number = exitCodes.ok;
  const finish = (finished: number): void => {
    code = finished;
  };
  try {
    await createProgram(session, finish).parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
    if (session.stopReason !== null) return stoppedCode(session.stopReason);
    return reportError(session, error);
  }
}

function createProgram(session: Session, finish: (code: number) => void): Command {
  const program = new Command('samplewire')
    .description('Language-model samplers as wiring: run, check and draw pipelines, train and verify models.')
    .version(version(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => session.stdout.write(text),
      writeErr: (text) => session.stderr.write(text),
      outputError: (text) =>
        say(
          session,
          'error',
          text
            .replace(/^error: /, '')
            .trim()
            .replace('\n', ' '),
        ),
    })
    .addHelpText(
      'after',
      '\nExamples:\n  samplewire run block-ancestral\n  samplewire nodes remask\n  samplewire draw full-sequence',
    );
  for (const add of [
    addRunCommand,
    addCompareCommand,
    addCheckCommand,
    addNodesCommand,
    addDrawCommand,
    addSchemaCommand,
    addDoctorCommand,
    addVerifyCommand,
    addTrainCommand,
    addInstallCommand,
  ]) {
    add(program, session, finish);
  }
  return program;
}
