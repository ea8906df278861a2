import { Option, type Command } from 'commander';
import { noiseProcesses, type NoiseProcess } from '../../graph/manifest.js';
import { messageOf } from '../../graph/message-of.js';
import { modelToTime, randomModel, removeModel, type ModelToTime } from '../../models/auto/timed-models.js';
import { consult } from '../doctor/consultation.js';
import { resolveModel } from '../models.js';
import { say } from '../report.js';
import type { Session } from '../session.js';
import { ChangingLine } from '../terminal/changing-line.js';
import type { Finish } from './command.js';

interface DoctorFlags {
  readonly model?: string;
  readonly process?: NoiseProcess;
  readonly json?: boolean;
}

export function addDoctorCommand(program: Command, session: Session, finish: Finish): void {
  program
    .command('doctor')
    .summary('tell what this machine can run a model on')
    .description(
      'Tries every backend in a process of its own: whether it is there, what it computes on, whether its logits are those of the ' +
        'reference, and how long a forward takes. `--backend auto` remembers the outcome. Exit code 1 when no backend verifies.',
    )
    .option('--model <dir>', 'model to time, as of run (default: a shipped one, and random weights of 46M parameters)')
    .addOption(
      new Option('--process <noise>', 'noise of the model, where its folder does not say it').choices(noiseProcesses),
    )
    .option('--json', 'one JSON object instead of text')
    .addHelpText('after', '\nExamples:\n  samplewire doctor\n  samplewire doctor --model checkpoints/blockgen --json')
    .action(async (flags: DoctorFlags) => finish(await runDoctor(session, flags)));
}

async function runDoctor(session: Session, flags: DoctorFlags): Promise<number> {
  const line = new ChangingLine(session);
  const models: ModelToTime[] = [await namedModel(session, flags)];
  const temporary: ModelToTime[] = [];
  try {
    if (flags.model === undefined) {
      line.change('writing random weights');
      temporary.push(...(await randomModels(session)));
      models.push(...temporary);
    }
    return await consult(models, session, { line, json: flags.json === true });
  } finally {
    line.wipe();
    await Promise.all(temporary.map(removeModel));
  }
}

const namedModel = async (session: Session, { model, process }: DoctorFlags): Promise<ModelToTime> =>
  modelToTime(await resolveModel(session, model), process);

/** One, or none where there is no room for it. */
async function randomModels(session: Session): Promise<ModelToTime[]> {
  try {
    return [await randomModel(session.signal)];
  } catch (error) {
    session.signal.throwIfAborted();
    say(session, 'warning', `no random weights are timed, for they cannot be written: ${messageOf(error)}`);
    return [];
  }
}
