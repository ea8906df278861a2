import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../../src/graph/input-error.js';
import { packageVersions } from '../../src/models/auto/packages.js';
import { withCheckpoint } from '../../src/models/checkpoint/folder.js';
import { randomCheckpoint } from '../harness/checkpoint.js';
import { readResults, requireFolder, writeResult } from '../harness/files.js';
import { commit, machine } from '../harness/machine.js';
import type { Result } from '../harness/result.js';
import { gpuTitle } from '../report/gpu.js';
import { findingsMarkdown } from '../report/markdown.js';
import { nvidiaCard } from './card.js';
import { contestants, contestantsNamed } from './contestants.js';
import { measureGpu, type Measured } from './measure.js';
import { integers, positive, teraflops, words } from './options.js';
import { gapNotes, merged, type Given, type Gpu } from './result.js';

export const gpuBench = 'gpu';

const block = 16;

const method =
  `One denoise forward of a block of ${block} behind a full KV cache, 170M random weights stored in 16 bits, with the most likely token of each position read back, so that the device has to be done. ` +
  'Every contestant has a process of its own. Floors: what a forward cannot do without (bytes: the matrices once, and keys and values of all rows; operations: the matrix ' +
  "products, those of attention included), by what the device can do, as a share of the time that it took; 100% is as fast as it can be. What a device can do is measured with the contestant's own operators " +
  '(negating 2^26 numbers, multiplying 4096 x 4096 matrices); in brackets the share of the most that any contestant gets out of the card in that number type, or of the data sheet. Tokens a second: the pipelines with their defaults, all rows together. ' +
  'PyTorch is eager, with its own fused attention.';

const help = `
It needs nothing but a clone with its packages and, for NVIDIA cards, the driver with its Vulkan loader (libvulkan1):

  npm ci
  npm run bench -- gpu
  npm run bench -- report

Without a network on that machine, bench/gpu/pack.sh puts all of it, and the parity cases, into one archive of some 55 MB, made on the same system:

  bench/gpu/pack.sh bench.tar.xz --with-node        # here
  tar -xJf bench.tar.xz && cd samplewire            # there, in front of
  export PATH="$PWD:$PATH"
  node --import ./scripts/typescript.mjs src/cli/main.ts verify test/fixtures/parity/*/ --backend all
  node --import ./scripts/typescript.mjs bench/main.ts gpu

bench/results/gpu.json is what to bring back. Where Vulkan does not find the driver, VK_DRIVER_FILES names its file, which is mostly
/usr/share/vulkan/icd.d/nvidia_icd.json.

Contestants that are not there are named with their reason and left out: tensorflow takes
\`npx samplewire install tensorflow --cuda\`, onnx-cuda its libraries (\`npx samplewire doctor\` says which), torch a
Python with torch and CUDA (--python). Results are kept after each case: what --minutes or Ctrl-C cuts off is only
what was not measured yet, and --add goes on with it:

  npm run bench -- gpu --rows 1,8
  npm run bench -- gpu --rows 64 --add

To try it out on a device in software:
  VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npm run bench -- gpu --quick --allow-software`;

interface Flags {
  readonly rows: readonly number[];
  readonly contexts: readonly number[];
  readonly pipelines: readonly string[];
  readonly tokens: number;
  readonly contestants?: readonly string[];
  readonly model?: string;
  readonly python?: string;
  readonly bandwidth?: number;
  readonly tflops?: Given['operations'];
  readonly minutes: number;
  readonly limit: number;
  readonly quick: boolean;
  readonly allowSoftware: boolean;
  readonly add: boolean;
  readonly out?: string;
}

/** What the benchmarks have in common outside of themselves. */
export interface Surroundings {
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
  /** Ends the line that `tell` changes. */
  readonly end: () => void;
  /** Where results go that are kept. */
  readonly results: string;
}

/** `npm run bench -- gpu`. */
export const gpuCommand = (surroundings: Surroundings): Command =>
  new Command(gpuBench)
    .description(
      'Forwards and tokens a second on every GPU backend that is here, beside PyTorch and what the card can do.',
    )
    .option('--rows <list>', 'rows of a forward and of a run', integers(1), [1, 8, 64])
    .option('--contexts <list>', 'cached tokens behind which a forward is measured', integers(0), [0, 256, 1008])
    .option('--pipelines <list>', 'pipelines that decode', words, ['arpc', 'ar', 'block-ancestral'])
    .option('--tokens <n>', 'tokens of each row that they decode', positive, 64)
    .option(
      '--contestants <list>',
      `of ${contestants.map(({ name }) => name).join(', ')}, or backends (default: all)`,
      words,
    )
    .option('--model <folder>', 'another checkpoint than 170M random weights')
    .option('--python <path>', 'a Python with torch and CUDA (default: SAMPLEWIRE_PYTHON, or python3)')
    .option('--bandwidth <GB/s>', "the data sheet's, in place of what is measured", positive)
    .option('--tflops <list>', "the data sheet's, as in 67 (fp32) or fp32=67,fp16=989", teraflops)
    .option(
      '--minutes <n>',
      'begins nothing after so many, and ends what is under way half a minute later',
      positive,
      9,
    )
    .option('--limit <s>', 'seconds that one case may take, opening the model included', positive, 90)
    .option('--quick', 'a small model and few rows, to see whether it works', false)
    .option('--allow-software', 'devices in software as well; their figures say nothing and are not kept', false)
    .option('--add', 'to what was measured on this card before', false)
    .option('--out <folder>', 'where the JSON goes (default: where the report looks for it)')
    .addHelpText('after', help)
    .action((flags: Flags) => runGpu(flags, surroundings));

async function runGpu(flags: Flags, { signal, tell, end, results }: Surroundings): Promise<void> {
  const began = performance.now();
  const { quick, model } = flags;
  const out =
    flags.out ?? (quick || flags.allowSoftware || model !== undefined ? join('build', 'bench', 'results') : results);
  await requireFolder(out);
  const folder = model ?? (await randomCheckpoint({ quick, signal, tell }, 'f16')).folder;
  const { shape, config } = await withCheckpoint(folder, (checkpoint) => Promise.resolve(checkpoint));
  const fits = (tokens: number): boolean => tokens <= config.length;
  const small = <T>(list: readonly T[]): readonly T[] => (quick ? list.slice(0, 2) : list);
  const card = await nvidiaCard();
  const before = flags.add ? await measuredBefore(out, card) : null;
  const versions = { ...packageVersions() };

  const resultOf = (measured: Measured): Result => {
    const { layers, hidden, vocabularySize } = shape;
    const given = {
      bytes: flags.bandwidth === undefined ? null : 1e9 * flags.bandwidth,
      operations: flags.tflops ?? {},
    };
    const now: Gpu = { card, shape: { layers, hidden, vocabularySize }, block, given, ...measured };
    const gpu = before?.gpu === undefined ? now : merged(before.gpu, now);
    return {
      format: 1,
      bench: gpuBench,
      title: gpuTitle,
      method,
      command: `npm run bench -- ${gpuBench}`,
      date: new Date().toISOString(),
      commit: commit(),
      machine: machine(),
      versions,
      threads: availableParallelism(),
      measures: [],
      figures: [],
      notes: gapNotes(gpu.gaps),
      gpu,
    };
  };

  const written: { path: string | null } = { path: null };
  const measured = await measureGpu({
    rows: small(flags.rows),
    contexts: small(flags.contexts).filter((cached) => fits(cached + block)),
    pipelines: flags.pipelines,
    tokens: Math.min(quick ? block : flags.tokens, config.length),
    contestants: flags.contestants === undefined ? contestants : contestantsNamed(flags.contestants),
    folder,
    block,
    quick,
    allowSoftware: flags.allowSoftware,
    python: flags.python ?? process.env['SAMPLEWIRE_PYTHON'] ?? 'python3',
    limit: 1000 * flags.limit,
    deadline: began + 60_000 * flags.minutes,
    signal,
    tell: (text) => tell(`${gpuBench}: ${text}`),
    versions: (more) => Object.assign(versions, more),
    keep: async (so) => {
      if (so.forwards.length + so.runs.length > 0) written.path = await writeResult(out, resultOf(so));
    },
  });
  end();
  if (written.path === null)
    throw new InputError(`nothing could be measured:\n  ${gapNotes(measured.gaps).join('\n  ')}`);
  console.log(`## ${gpuTitle}\n\n${findingsMarkdown(resultOf(measured))}\n\nwritten to ${written.path}`);
}

/** What is to be added to. Throws an `InputError` where it was measured on another card. */
async function measuredBefore(folder: string, card: Gpu['card']): Promise<Result | null> {
  const before = (await readResults(folder)).get(gpuBench);
  if (before?.gpu === undefined) return null;
  const old = before.gpu.card?.name ?? 'no NVIDIA card';
  const now = card?.name ?? 'no NVIDIA card';
  if (old === now) return before;
  throw new InputError(
    `what is in ${folder} was measured on ${old}, and here is ${now}: leave --add out, or name another folder (--out)`,
  );
}
