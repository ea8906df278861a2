import { Option, type Command } from 'commander';
import { compare } from '../../evaluation/compare.js';
import type { Comparison } from '../../evaluation/comparison.js';
import { counted } from '../../evaluation/report/counted.js';
import { noiseProcesses } from '../../graph/manifest.js';
import type { Model } from '../../models/denoiser.js';
import { compareOptions, type CompareFlags, type CompareOptions } from '../compare/flags.js';
import { claimFolder, type ResultFolder } from '../compare/out-folder.js';
import { CompareProgress } from '../compare/progress.js';
import { resultFiles } from '../compare/result-files.js';
import { shownComparison } from '../compare/show.js';
import { collect } from '../collect.js';
import { allowImportsOption, runsBare } from '../documents.js';
import { exitCodes } from '../exit-code.js';
import { noteIfWithoutTokenizer, openGivenModel } from '../models.js';
import { note } from '../report.js';
import { stoppedCode, write, type Session } from '../session.js';
import { shippedModels, shippedPipelines } from '../shipped.js';
import { sizeOfTerminal } from '../terminal/size.js';
import { version } from '../version.js';
import type { Finish } from './command.js';
import { addBackendOptions, addLimitOptions, withProcess } from './model-options.js';

export function addCompareCommand(program: Command, session: Session, finish: Finish): void {
  const command = program
    .command('compare')
    .summary('run several samplers on the same prompts, seeds and NFE budget')
    .description('Compares samplers side by side: text, NFE, time and AR score.')
    .argument('<sampler...>', 'files or names of pipelines, as in ar or "diffusion-corrector[measure=margin]"')
    .addOption(allowImportsOption())
    .option(
      '--model <model>',
      `checkpoint folder, hf:org/repo/folder, or a shipped model (${shippedModels().join(', ')})`,
    )
    .option('--judge <model>', "model that scores the rows, of the same vocabulary (default: the model's own AR mode)")
    .addOption(
      new Option('--process <noise>', 'noise of the model, where its folder does not say it').choices(noiseProcesses),
    )
    .addOption(new Option('--judge-process <noise>', 'the same of the judge').choices(noiseProcesses))
    .option(
      '--tokenizer <dir>',
      'folder or hf:org/repo with the tokenizer.json of model and judge, where the checkpoints have none or another one is meant',
    )
    .option('--prompt <text>', 'beginning of rows; may be repeated', collect)
    .option('--prompts <file>', 'prompts, one a line; in a .json file, a list of texts or of lists of token ids')
    .option('--seeds <seeds>', 'how many (8), a range (3..7) or which (3,5,9) (default: 1)')
    .option('--length <n>', "tokens in a finished row, prompt included (default: the model's length)")
    .option('--nfe <budgets>', 'forwards that a row may take, as in 16,32,64 (default: what the pipelines say)')
    .option('--budget-param <name>', 'integer parameter that --nfe decides (default: steps)')
    .option('--set <name=value>', 'sets a parameter of every sampler that has it; may be repeated', collect)
    .option('--texts <n>', 'seeds and prompts to show the texts of (default: 1)')
    .option('--out <dir>', 'folder for results.json, texts.jsonl, plot.svg and report.md');
  // Which pipelines it takes is in their files, which other commands need not read.
  command.configureHelp({
    ...command.configureHelp(),
    commandDescription: () =>
      `${command.description()} A sampler is a JSON file or one that comes with samplewire ` +
      `(${shippedPipelines().filter(runsBare).join(', ')}), with settings of its own in brackets where it has any.`,
  });
  addLimitOptions(addBackendOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  samplewire compare ar block-ancestral diffusion-corrector
  samplewire compare block-ancestral diffusion-corrector my-sampler.json --nfe 16,32,64,128 --seeds 8 --length 128 --out results
  samplewire compare "diffusion-corrector[measure=margin]" "diffusion-corrector[guideEvery=2]" --nfe 64 --prompt "ROMEO:" --prompt "JULIET:"`,
    )
    .action(async (words: string[], flags: CompareFlags) => finish(await runComparison(session, words, flags)));
}

async function runComparison(session: Session, words: readonly string[], flags: CompareFlags): Promise<number> {
  const options = await compareOptions(words, flags);
  if (flags.out === undefined) return compareInto(session, options, flags, undefined);
  const folder = await claimFolder(flags.out);
  try {
    return await compareInto(session, options, flags, folder);
  } finally {
    await folder.release();
  }
}

async function compareInto(
  session: Session,
  options: CompareOptions,
  flags: CompareFlags,
  folder: ResultFolder | undefined,
): Promise<number> {
  const { open, texts } = options;
  const model = await openGivenModel(session, flags.model, withProcess(open, flags.process));
  const judge =
    flags.judge === undefined
      ? undefined
      : await openGivenModel(session, flags.judge, withProcess(open, flags.judgeProcess));
  const comparison = await measured(session, options, { model, ...(judge === undefined ? {} : { judge }) });
  model.denoiser.dispose();
  judge?.denoiser.dispose();
  await write(session, shownComparison(comparison, { texts, width: sizeOfTerminal(session.stdout).columns }));
  if (folder === undefined) note(session, 'Nothing was written; --out DIR keeps the figures, the texts and a plot.');
  else if (comparison.samples.length === 0)
    note(session, `Nothing was written to ${folder.path}, since no row was finished.`);
  else {
    const files = Object.fromEntries(options.samplers.map(({ label, path }) => [label, path]));
    const circumstances = { files, backend: model.backend ?? 'unknown', version: version(), texts };
    const written = await resultFiles(comparison, circumstances);
    await folder.write(written);
    note(session, `Written to ${folder.path}: ${[...written.keys()].join(', ')}`);
  }
  if (session.signal.aborted) return stoppedCode(session.stopReason);
  return comparison.failures.length > 0 ? exitCodes.failed : exitCodes.ok;
}

/** Runs the comparison and shows how far it is. */
async function measured(
  session: Session,
  { samplers, request }: CompareOptions,
  models: { readonly model: Model; readonly judge?: Model },
): Promise<Comparison> {
  const progress = new CompareProgress(session);
  let names: readonly string[] = [];
  try {
    for await (const event of compare(samplers, { ...request, ...models, signal: session.signal })) {
      if (event.type === 'planning') progress.plan(event);
      else if (event.type === 'planned') {
        progress.begin();
        const { settings } = event.plan;
        names = settings.map(({ sampler, budget }) => (budget === null ? sampler : `${sampler} at ${String(budget)}`));
        noteIfWithoutTokenizer(session, models.model);
        note(session, `${counted(settings.length, 'setting')}, ${counted(event.total, 'row')}`);
      } else if (event.type === 'finished') return event.comparison;
      else {
        const { setting } = event.type === 'sample' ? event.sample : event.failure;
        progress.show(event, names[setting] ?? '');
      }
    }
  } finally {
    progress.close();
  }
  throw new Error('the comparison ended without a result');
}
