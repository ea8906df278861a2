import { messageOf } from '../../src/graph/message-of.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint, type RandomCheckpoint } from '../harness/checkpoint.js';
import { ratioFigure } from '../harness/figures.js';
import type { Aim, Figure, Findings, Measure } from '../harness/result.js';
import { inTurn, type Contestant } from '../harness/rounds.js';
import { median } from '../harness/statistics.js';
import { layouts, type Layout } from '../peers/ceiling/products.js';
import { Peer } from '../peers/peer.js';
import type { ForwardCase, Subject } from '../peers/protocol.js';

const block = 16;

/** Forwards of one turn, and in how many rounds, of those that are not fast. */
interface Entry {
  readonly name: string;
  readonly what: Subject;
  /** Of the ceiling: with the products of attention. */
  readonly attention?: boolean;
  readonly slow?: boolean;
}

interface Opened {
  readonly entry: Entry;
  readonly peer: Peer;
}

const weightProducts = 'products of the weights';
const allProducts = 'all matrix products';

/** Aims by rows, then by cached tokens. */
const ceilingAims: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  1: { 0: 0.9, 256: 0.9, 1008: 0.75 },
  8: { 0: 0.9, 256: 0.9, 1008: 0.8 },
};

/** Every contestant in a process of its own; the products' two entries share one. */
async function openAll(entries: readonly Entry[], context: BenchContext, notes: string[]): Promise<Opened[]> {
  const peers = new Map<string, Peer | null>();
  for (const { name, what } of entries) {
    const key = JSON.stringify(what);
    if (peers.has(key)) continue;
    context.tell(`opening ${name}`);
    try {
      const peer = await Peer.open(what, context);
      context.versions(peer.opened.versions);
      peers.set(key, peer);
    } catch (error) {
      context.signal.throwIfAborted();
      notes.push(`${name} took no part: ${messageOf(error).split('\n', 1).join('')}`);
      peers.set(key, null);
    }
  }
  return entries.flatMap((entry) => {
    const peer = peers.get(JSON.stringify(entry.what)) ?? null;
    return peer === null ? [] : [{ entry, peer }];
  });
}

/** Which way of giving the library its weights is fastest here: the ceiling is the best that it can do. */
async function fastestLayout(
  { folder, shape }: RandomCheckpoint,
  context: BenchContext,
  notes: string[],
): Promise<Layout> {
  const times: { layout: Layout; one: number; eight: number }[] = [];
  for (const layout of layouts) {
    context.tell(`products with weights ${layout}`);
    const peer = await Peer.open({ subject: 'products', folder, shape, layout, threads: context.threads }, context);
    const at = (rows: number): ForwardCase => ({ rows, cached: 0, block, answers: block, attention: false });
    const one = median(await peer.forward(at(1), 9));
    times.push({ layout, one, eight: median(await peer.forward(at(8), 3)) });
    peer.close();
  }
  const best = times.reduce((a, b) => (b.one + b.eight < a.one + a.eight ? b : a));
  const each = times.map(({ layout, one, eight }) => `${layout} ${one.toFixed(1)} and ${eight.toFixed(1)} ms`);
  notes.push(`Products of the weights at 1 and 8 rows by layout: ${each.join(', ')}; the ceiling is ${best.layout}.`);
  return best.layout;
}

function figuresOf(measure: Measure, rows: number, cached: number, backend: string): Figure[] {
  const aim = ceilingAims[rows]?.[cached];
  const ceiling = (over: string): readonly [string, string] => [over, `${backend} fp32`];
  const least = (value: number): { readonly aim: Aim } => ({ aim: { least: value } });
  return [
    ...ratioFigure(measure, ...ceiling(allProducts), {
      figure: 'share of the ceiling (all matrix products)',
      ...(aim === undefined ? {} : least(aim)),
    }),
    ...ratioFigure(measure, ...ceiling(weightProducts), { figure: 'share of the products of the weights alone' }),
    ...(rows === 1
      ? ratioFigure(measure, 'wasm', `${backend} fp32`, { figure: 'tfjs-wasm / fp32', ...least(10) })
      : []),
    ...ratioFigure(measure, 'tensorflow', `${backend} fp32`, { figure: 'tfjs-node-gpu (libtensorflow) / fp32' }),
    ...ratioFigure(measure, 'torch', `${backend} fp32`, {
      figure: 'PyTorch eager / fp32',
      ...least(rows === 1 ? 1.4 : 1.1),
    }),
    ...ratioFigure(measure, 'torch', `${backend} int8`, {
      figure: 'PyTorch eager / int8',
      ...(rows === 1 ? least(2.5) : {}),
    }),
    ...ratioFigure(measure, `${backend} fp32`, `${backend} int8`, {
      figure: 'fp32 / int8',
      ...(rows === 1 ? least(1.6) : {}),
    }),
  ];
}

async function run(context: BenchContext): Promise<Findings> {
  const { backend, threads, quick, signal, tell } = context;
  const notes: string[] = [];
  const checkpoint = await randomCheckpoint(context);
  const { folder, shape } = checkpoint;
  const layout = await fastestLayout(checkpoint, context, notes);
  const products: Subject = { subject: 'products', folder, shape, layout, threads };
  const model = (on: string, precision = 'fp32'): Subject => ({
    subject: 'model',
    folder,
    backend: on,
    precision,
    threads,
  });
  const entries: Entry[] = [
    { name: `${backend} fp32`, what: model(backend) },
    ...(backend === 'onnx' ? [{ name: `${backend} int8`, what: model(backend, 'int8') }] : []),
    { name: weightProducts, what: products, attention: false },
    { name: allProducts, what: products, attention: true },
    { name: 'torch', what: { subject: 'torch', folder, threads } },
    { name: 'tensorflow', what: model('tensorflow') },
    { name: 'wasm', what: model('wasm'), slow: true },
  ];
  const opened = await openAll(entries, context, notes);
  try {
    const measures: Measure[] = [];
    const figures: Figure[] = [];
    for (const rows of [1, 8]) {
      for (const cached of quick ? [0, 256] : [0, 256, 1008]) {
        const where = `${rows === 1 ? '1 row' : `${rows} rows`}, ${cached} cached`;
        const contestants = opened
          .filter(({ entry }) => rows === 1 || entry.slow !== true)
          .map(({ entry: { name, attention = false, slow = false }, peer }): Contestant => {
            const at = { rows, cached, block, answers: block, attention };
            const repeat = slow ? 1 : rows === 1 ? 5 : 2;
            return {
              name,
              measure: async () => median(await peer.forward(at, repeat)),
              ...(slow ? { rounds: 3 } : {}),
            };
          });
        const series = await inTurn(contestants, {
          rounds: context.rounds(rows === 1 ? 9 : 5),
          signal,
          tell: (text) => tell(`${where}: ${text}`),
        });
        const measure = { case: where, unit: 'ms', series };
        measures.push(measure);
        figures.push(...figuresOf(measure, rows, cached, backend));
      }
    }
    return { measures, figures, notes };
  } finally {
    for (const { peer } of opened) peer.close();
  }
}

export const forward: Bench = {
  name: 'forward',
  title: 'A forward',
  method:
    'One denoise forward of a block of 16 behind a full KV cache, 170M random weights (12 layers x 768, V = 50258). Every contestant ' +
    'has a process of its own; a turn is a forward that does not count and the median of a few that do. The ceiling is an ONNX graph with nothing but the ' +
    "forward's matrix products, each with weights (and keys and values) of its own, in the layout that is fastest here.",
  run,
};
