import { Option, type Command } from 'commander';
import { concatMap, lastValueFrom, tap } from 'rxjs';
import { match } from 'ts-pattern';
import { noiseProcesses } from '../../graph/manifest.js';
import type { RunEvent } from '../../runtime/events.js';
import { run } from '../../runtime/run.js';
import { collect } from '../collect.js';
import { allowImportsOption, loadPipelineWithImports } from '../documents.js';
import { exitCodes } from '../exit-code.js';
import { eventsFormat } from '../formats/events.js';
import type { FormatContext, RunFormat } from '../formats/format.js';
import { jsonlFormat } from '../formats/jsonl.js';
import { liveFormat } from '../formats/live.js';
import { textFormat } from '../formats/text.js';
import { noteIfWithoutTokenizer, openGivenModel } from '../models.js';
import { say } from '../report.js';
import { stoppedCode, type Session } from '../session.js';
import { shippedModels, shippedPipelines } from '../shipped.js';
import type { Finish } from './command.js';
import { addBackendOptions, addLimitOptions, openOptionsOf, withProcess } from './model-options.js';
import { formatNames, formatOf, requestOf, speedOf, type FormatName, type RunFlags } from './run-options.js';

export function addRunCommand(program: Command, session: Session, finish: Finish): void {
  const command = program
    .command('run')
    .summary('write text with a pipeline and a model')
    .description(
      'Runs a pipeline: a JSON file, or one that comes with samplewire ' +
        `(${shippedPipelines().join(', ')}). In a terminal the text appears as it is denoised.`,
    )
    .argument('<pipeline>', 'file or name of a pipeline')
    .addOption(allowImportsOption())
    .option(
      '--model <dir>',
      `checkpoint folder, hf:org/repo/folder, or a shipped model (${shippedModels().join(', ')})`,
    )
    .addOption(
      new Option('--process <noise>', 'noise of the model, where its folder does not say it').choices(noiseProcesses),
    )
    .option(
      '--tokenizer <dir>',
      'folder or hf:org/repo with the tokenizer.json, where the checkpoint has none or another one is meant',
    )
    .option('--prompt <text>', 'beginning of every row')
    .option('--prompt-tokens <ids>', 'the same as token ids: 1,2,3')
    .option('--infill <text>', "what every row holds, with holes: 'ROMEO: {{20}} love' leaves 20 tokens open")
    .option('--source <text>', 'text that every row starts from, for pipelines that take one')
    .option('--source-file <file>', 'the same from a file')
    .option('--set <name=value>', "sets one of the pipeline's parameters; may be repeated", collect)
    .option('--rows <n>', 'rows to write at once (default: 1)')
    .option(
      '--length <n>',
      "tokens in a finished row, prompt included (default: those of --infill or --source, or the model's length)",
    )
    .option('--seed <n>', 'the same seed gives the same rows (default: 0)')
    .option('--max-forwards <n>', "ends the run at so many forwards, each row's counted (default: no limit)")
    .option('--max-time <seconds>', 'ends the run after so long, waiting included (default: no limit)');
  addLimitOptions(addBackendOptions(command))
    .addOption(
      new Option('--format <name>', 'live: a show; text; jsonl: an object a row; events: all that happens').choices(
        formatNames,
      ),
    )
    .option('--speed <n>', 'steps a second in the live view, 0 for no limit (default: up to 25)')
    .addHelpText(
      'after',
      `
Examples:
  samplewire run block-ancestral
  samplewire run diffusion-corrector --set steps=8 --set measure=margin --seed 7
  samplewire run my-sampler.json --model tinyshakespeare-uniform --rows 4
  samplewire run block-ancestral --model hf:jdeschena/blockgen/blockgen/single_block_size/16/owt/absorb --prompt "In 2019,"
  samplewire run ar --prompt "ROMEO:" --length 120 --format text
  samplewire run infill --infill "ROMEO: {{20}} love {{5}}"
  samplewire run edit --source "O, speak again, bright angel!" --set strength=0.3
  samplewire run block-ancestral --rows 8 --format jsonl > rows.jsonl`,
    )
    .action(async (pipeline: string, flags: RunFlags) => finish(await runPipeline(session, pipeline, flags)));
}

async function runPipeline(session: Session, given: string, flags: RunFlags): Promise<number> {
  const { path, graph } = await loadPipelineWithImports(given, flags);
  const request = requestOf(flags, graph);
  const open = openOptionsOf(flags);
  const speed = speedOf(flags);
  const formatName = formatOf(flags, session);
  const model = await openGivenModel(session, flags.model, withProcess(open, flags.process));
  const events = run({ graph }, { ...request, model, signal: session.signal });
  if (formatName === 'text' || formatName === 'live') noteIfWithoutTokenizer(session, model);
  const format = createFormat(formatName, { session, graph, path, model, params: request.params, speed });
  const last = await lastValueFrom(
    events.pipe(
      tap((event) => {
        if (event.type === 'started') event.warnings.forEach((warning) => say(session, 'warning', warning));
      }),
      concatMap(async (event): Promise<RunEvent> => {
        await format.take(event);
        return event;
      }),
    ),
  );
  await format.close();
  model.denoiser.dispose();
  if (last.type === 'failed') {
    say(session, 'error', last.message);
    return exitCodes.failed;
  }
  return session.signal.aborted ? stoppedCode(session.stopReason) : exitCodes.ok;
}

const createFormat = (name: FormatName, context: FormatContext): RunFormat =>
  match(name)
    .with('live', () => liveFormat(context))
    .with('text', () => textFormat(context))
    .with('jsonl', () => jsonlFormat(context))
    .with('events', () => eventsFormat(context))
    .exhaustive();
