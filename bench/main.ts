// npm run bench -- NAME | gpu | all | report: measures the benchmarks that are named and writes their results as JSON.
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { InputError } from '../src/graph/input-error.js';
import { messageOf } from '../src/graph/message-of.js';
import { packageVersions } from '../src/models/auto/packages.js';
import { benches } from './benches/index.js';
import type { Bench, BenchContext } from './harness/bench.js';
import { gpuBench, gpuCommand } from './gpu/command.js';
import { requireFolder, writeResult } from './harness/files.js';
import { commit, machine } from './harness/machine.js';
import { Progress } from './harness/progress.js';
import type { Result } from './harness/result.js';
import { findingsMarkdown } from './report/markdown.js';

const places = { results: 'bench/results', earlier: 'bench/earlier.md', report: 'bench/RESULTS.md' };
const names = benches.map(({ name }) => name);

interface Options {
  readonly threads: number;
  readonly rounds?: number;
  readonly quick: boolean;
  readonly python?: string;
  readonly backend: string;
  readonly text?: string;
  readonly samplers?: readonly string[];
  readonly rows?: readonly number[];
  readonly out?: string;
}

const stop = new AbortController();
const progress = new Progress(process.stderr);

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be an integer, 1 or more.');
  return value;
};

const listOf = (text: string): readonly string[] => text.split(',').map((name) => name.trim());

const counts = (text: string): readonly number[] => listOf(text).map(count);

/** The words that were given, without what says nothing about the measurement. */
const commandOf = (bench: Bench, { rounds, quick, backend, samplers, rows }: Options): string =>
  [
    `npm run bench -- ${bench.name}`,
    ...(rounds === undefined ? [] : [`--rounds ${rounds}`]),
    ...(quick ? ['--quick'] : []),
    ...(backend === 'onnx' ? [] : [`--backend ${backend}`]),
    ...(samplers === undefined ? [] : [`--samplers ${samplers.join()}`]),
    ...(rows === undefined ? [] : [`--rows ${rows.join()}`]),
  ].join(' ');

async function measure(bench: Bench, options: Options): Promise<void> {
  const out = options.out ?? (options.quick ? 'build/bench/results' : places.results);
  await requireFolder(out);
  const versions = { ...packageVersions() };
  const context: BenchContext = {
    threads: options.threads,
    rounds: (usual) => options.rounds ?? (options.quick ? 1 : usual),
    quick: options.quick,
    python: options.python ?? process.env['SAMPLEWIRE_PYTHON'] ?? null,
    backend: options.backend,
    text: options.text ?? null,
    samplers: options.samplers ?? null,
    rows: options.rows ?? null,
    signal: stop.signal,
    tell: (text) => progress.tell(`${bench.name}: ${text}`),
    versions: (more) => Object.assign(versions, more),
  };
  const findings = await bench.run(context);
  stop.signal.throwIfAborted();
  progress.end();
  const result: Result = {
    format: 1,
    bench: bench.name,
    title: bench.title,
    method: bench.method,
    command: commandOf(bench, options),
    date: new Date().toISOString(),
    commit: commit(),
    machine: machine(),
    versions,
    threads: options.threads,
    ...findings,
  };
  const path = await writeResult(out, result);
  console.log(`\n## ${bench.title}\n\n${findingsMarkdown(result)}\n\nwritten to ${path}`);
}

async function run(chosen: string, options: Options): Promise<void> {
  if (chosen === 'report') {
    // Only the report needs the formatter: where it is not installed, all else works.
    const { writeReport } = await import('./report/write.js');
    await writeReport([...names, gpuBench], {
      ...places,
      ...(options.out === undefined ? {} : { results: options.out }),
    });
    console.log(`wrote ${places.report}`);
    return;
  }
  const list = chosen === 'all' ? benches : benches.filter(({ name }) => name === chosen);
  if (list.length === 0)
    throw new InputError(`there is no benchmark "${chosen}"; there are ${names.join(', ')}, ${gpuBench}, all, report`);
  for (const bench of list) await measure(bench, options);
}

const program = new Command('npm run bench --')
  // Options behind gpu are its own.
  .enablePositionalOptions()
  .description('Measures samplewire beside what it is compared with.')
  .argument('<benchmark>', `${names.join(' | ')} | all, or report to write ${places.report} from the results`)
  .option('--threads <n>', "threads of each contestant's matrix products", count, 2)
  .option('--rounds <n>', 'rounds that count, in place of what each benchmark takes', count)
  .option('--quick', 'a small model and one round, to see whether it works', false)
  .option('--python <path>', 'a Python with torch, for PyTorch eager (or SAMPLEWIRE_PYTHON)')
  .option('--backend <name>', 'the backend that is measured against the others', 'onnx')
  .option('--text <file>', 'of quality-of-precision: measure on this text in place of text of the model')
  .option('--samplers <names>', 'of scale: these samplers, separated by commas', listOf)
  .option('--rows <counts>', 'of scale: these numbers of rows, ascending, separated by commas', counts)
  .option('--out <folder>', `where the JSON goes (default: ${places.results}; with --quick, build/bench/results)`)
  .exitOverride()
  .action(run)
  .addCommand(
    gpuCommand({
      signal: stop.signal,
      tell: (text) => progress.tell(text),
      end: () => progress.end(),
      results: places.results,
    }).exitOverride(),
  );

process.on('SIGINT', () => {
  // Twice: somebody is in a hurry.
  if (stop.signal.aborted) process.exit(130);
  stop.abort(new Error('stopped'));
});

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  progress.end();
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  if (stop.signal.aborted) {
    console.error('stopped; of the benchmark that was under way, only gpu keeps what it had measured');
    process.exit(130);
  }
  if (!(error instanceof InputError)) throw error;
  console.error(`error: ${messageOf(error)}`);
  process.exit(2);
}
