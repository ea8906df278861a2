import { Option, type Command } from 'commander';
import { match } from 'ts-pattern';
import { noiseProcesses } from '../../graph/manifest.js';
import { tensorBackends } from '../../models/backends.js';
import { train, type TrainEvent } from '../../training/train.js';
import { exitCodes } from '../exit-code.js';
import { note, print } from '../report.js';
import { stoppedCode, type Session } from '../session.js';
import { ChangingLine } from '../terminal/changing-line.js';
import { durationOf } from '../terminal/duration.js';
import type { Finish } from './command.js';
import { flagOf, numberOptions, trainRequestOf, type TrainFlags } from './train-options.js';

export function addTrainCommand(program: Command, session: Session, finish: Finish): void {
  const command = program
    .command('train')
    .summary('train a small model on a text file')
    .description(
      'Trains a character-level BlockGen model on a text file and exports a checkpoint that `run` takes. ' +
        'Ctrl-C saves what has been learned; --resume goes on from there.',
    )
    .argument('<text>', 'UTF-8 text file')
    .requiredOption('--out <dir>', 'folder of the run and of the checkpoint')
    .addOption(new Option('--process <noise>', 'noise to train with').choices(noiseProcesses).makeOptionMandatory())
    .addOption(
      new Option('--backend <name>', 'what computes (default: tensorflow; see samplewire install tensorflow)').choices(
        tensorBackends,
      ),
    )
    .option('--resume', 'go on with the run in --out')
    .option('--mixture <sizes>', 'block sizes and their weights (default: 1:1,2:1,4:1,8:1,16:1)');
  for (const [name, description] of numberOptions) command.option(`--${flagOf(name)} <n>`, description);
  command
    .addHelpText(
      'after',
      `
Examples:
  samplewire train shakespeare.txt --out runs/absorb --process absorbing
  samplewire train shakespeare.txt --out runs/small --process uniform --backend wasm --layers 2 --hidden 64 --steps 200
  samplewire train shakespeare.txt --out runs/absorb --process absorbing --resume`,
    )
    .action(async (text: string, flags: TrainFlags) => finish(await runTraining(session, text, flags)));
}

async function runTraining(session: Session, text: string, flags: TrainFlags): Promise<number> {
  const line = new ChangingLine(session);
  /** The save that failed last, until one succeeds. */
  let failed: Unsaved | undefined;
  for await (const event of train(trainRequestOf(text, flags), session.signal)) {
    if (event.type === 'unsaved' && event.waiting && failed?.waiting === true) line.change('still waiting');
    else show(line, event);
    if (event.type === 'unsaved') {
      failed = event;
      // Only who pressed Ctrl-C can make room and wait for it.
      const nobodyWaits = session.signal.aborted && session.stopReason !== 'interrupt';
      if (!nobodyWaits) continue;
      line.wipe();
      note(session, lost(event));
      return stoppedCode(session.stopReason);
    }
    if (event.type === 'saved') failed = undefined;
    if (event.type !== 'finished') continue;
    if (failed !== undefined || event.stopped) {
      const stopped = `Stopped at step ${String(event.step)}. Go on with the same command and --resume.`;
      note(session, failed === undefined ? stopped : lost(failed));
      return stoppedCode(session.stopReason);
    }
    await print(session, `${flags.out}\n`);
  }
  return exitCodes.ok;
}

type Unsaved = Extract<TrainEvent, { readonly type: 'unsaved' }>;

/** What a run that ends after a failed save leaves, and what not. */
function lost({ step, saved, reason }: Unsaved): string {
  const resume = 'the same command and --resume go on from there';
  if (saved === step)
    return `${reason} The run is saved up to step ${String(step)}, its checkpoint is older; ${resume}.`;
  const steps = saved + 1 === step ? `Step ${String(step)} is` : `Steps ${String(saved + 1)} to ${String(step)} are`;
  return `${reason} ${steps} lost; ${saved === 0 ? 'nothing is saved' : `step ${String(saved)} is saved, and ${resume}`}.`;
}

/** Steps change a line in a terminal; elsewhere each has its own, as everything else has. */
function show(line: ChangingLine, event: TrainEvent): void {
  if (event.type === 'step' && line.live) line.change(describe(event));
  else line.stay(describe(event));
}

const describe = (event: TrainEvent): string =>
  match(event)
    .with({ type: 'started' }, ({ step, steps, parameters, vocabulary }) => {
      const from = step === 0 ? '' : ` from step ${String(step)}`;
      return `Training ${parameters.toLocaleString('en')} parameters on ${String(vocabulary)} characters, ${String(steps)} steps${from}`;
    })
    .with({ type: 'step' }, ({ step, steps, nats, charactersPerSecond, remaining }) => {
      const speed = `${Math.round(charactersPerSecond).toLocaleString('en')} characters/s`;
      return `step ${String(step)}/${String(steps)}  nats/char ${losses(nats)}  ${speed}  ${durationOf(remaining)} left`;
    })
    .with({ type: 'validation' }, ({ step, nats }) => `validation at step ${String(step)}: nats/char ${losses(nats)}`)
    .with({ type: 'saved' }, ({ step, folder }) => `saved step ${String(step)} to ${folder}`)
    .with({ type: 'unsaved', waiting: false }, ({ step, reason }) => {
      return `step ${String(step)} is not saved: ${reason} Training goes on, and the next save tries again.`;
    })
    .with({ type: 'unsaved' }, ({ step, reason }) => {
      return `step ${String(step)} is not saved: ${reason} Waiting until it can be; Ctrl-C gives it up.`;
    })
    .with({ type: 'finished' }, ({ step, seconds }) => `${String(step)} steps in ${durationOf(seconds)}`)
    .exhaustive();

const losses = (nats: readonly (readonly [number, number])[]): string =>
  nats.map(([blockSize, value]) => `${String(blockSize)}: ${value.toFixed(3)}`).join('  ');
