import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { messageOf } from '../../src/graph/message-of.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint, type RandomCheckpoint, type StoredType } from '../harness/checkpoint.js';
import { ratioFigure, spreadFigure } from '../harness/figures.js';
import type { Aim, Figure, Findings, Measure, Series } from '../harness/result.js';
import { inTurn, timed } from '../harness/rounds.js';
import { Peer } from '../peers/peer.js';
import type { Subject } from '../peers/protocol.js';

const rows = 8;
const cached = 256;
const block = 16;
const reading = 'reading the file alone';

/** Reads a file from one end to the other, as fast as it goes, and keeps nothing. */
async function readThrough(path: string): Promise<void> {
  await finished(createReadStream(path, { highWaterMark: 4 * 2 ** 20 }).resume());
}

interface Entry {
  readonly name: string;
  readonly stored: StoredType;
  readonly what: (folder: string) => Subject;
  readonly aim?: Aim;
  /** Of those that are slow. */
  readonly rounds?: number;
}

interface Peaks {
  readonly started: number;
  readonly opened: number;
  readonly used: number;
}

/** Keys and values of all rows, in 32 bits. */
const cacheBytes = ({ layers, hidden }: RandomCheckpoint['shape']): number => rows * cached * layers * 2 * hidden * 4;

const megabytes = (bytes: number): number => bytes / 1e6;

async function measureStored(stored: StoredType, entries: readonly Entry[], context: BenchContext): Promise<Findings> {
  const checkpoint = await randomCheckpoint(context, stored);
  const path = join(checkpoint.folder, 'model.safetensors');
  const { size } = await stat(path);
  const notes: string[] = [];
  const peaks = new Map<string, Peaks[]>();
  const able: Entry[] = [];
  const openOnce = async ({ name, what }: Entry): Promise<number> => {
    const peer = await Peer.open(what(checkpoint.folder), context);
    try {
      const opened = await peer.memory();
      await peer.forward({ rows, cached, block, answers: block, attention: true }, 1);
      const used = await peer.memory();
      const own = peaks.get(name) ?? [];
      peaks.set(name, [...own, { started: peer.opened.bytesBefore, opened: opened.peakBytes, used: used.peakBytes }]);
      return peer.opened.milliseconds;
    } finally {
      peer.close();
    }
  };
  for (const entry of entries) {
    context.tell(`${stored} file, ${entry.name}: warming up`);
    try {
      await openOnce(entry);
      able.push(entry);
    } catch (error) {
      context.signal.throwIfAborted();
      notes.push(`${stored} file, ${entry.name} took no part: ${messageOf(error).split('\n', 1).join('')}`);
    }
  }
  peaks.clear();
  const where = `${stored} file (${megabytes(size).toFixed(0)} MB)`;
  const series = await inTurn(
    [
      { name: reading, measure: () => timed(() => readThrough(path)) },
      ...able.map(({ rounds, ...entry }) => ({
        name: entry.name,
        measure: () => openOnce(entry),
        ...(rounds === undefined ? {} : { rounds }),
      })),
    ],
    {
      rounds: context.rounds(3),
      signal: context.signal,
      uncounted: 0,
      tell: (text) => context.tell(`${where}: ${text}`),
    },
  );
  const loading: Measure = { case: where, unit: 'ms', series };
  const memory: Measure = {
    case: where,
    unit: 'MB',
    series: able.flatMap(({ name }) => peakSeries(name, peaks.get(name) ?? [])),
  };
  const caches = cacheBytes(checkpoint.shape);
  const figures = able.flatMap(({ name, aim }): Figure[] => [
    ...ratioFigure(loading, name, reading, {
      figure: `opening, ${name} / reading the file`,
    }),
    spreadFigure(
      (peaks.get(name) ?? []).map(({ used }) => used / (size + caches)),
      {
        figure: `peak memory, ${name} / file and caches`,
        case: where,
        unit: 'times',
        ...(aim === undefined ? {} : { aim }),
      },
    ),
  ]);
  return { measures: [loading, memory], figures, notes };
}

const peakSeries = (name: string, peaks: readonly Peaks[]): Series[] => [
  { name: `${name}: peak before opening`, samples: peaks.map(({ started }) => megabytes(started)) },
  { name: `${name}: peak after opening`, samples: peaks.map(({ opened }) => megabytes(opened)) },
  { name: `${name}: peak after forwards`, samples: peaks.map(({ used }) => megabytes(used)) },
];

async function run(context: BenchContext): Promise<Findings> {
  const { threads, backend } = context;
  const model =
    (on: string, precision = 'fp32') =>
    (folder: string): Subject => ({
      subject: 'model',
      folder,
      backend: on,
      precision,
      threads,
    });
  const torch = (folder: string): Subject => ({ subject: 'torch', folder, threads });
  const entries: Entry[] = [
    {
      name: `${backend} fp32`,
      stored: 'f32',
      what: model(backend),
      aim: { most: 1.3 },
    },
    ...(backend === 'onnx' ? [{ name: 'onnx int8', stored: 'f32' as const, what: model(backend, 'int8') }] : []),
    { name: 'wasm', stored: 'f32', what: model('wasm'), rounds: 1 },
    { name: 'torch', stored: 'f32', what: torch },
    { name: `${backend} fp32`, stored: 'f16', what: model(backend) },
  ];
  const found: Findings[] = [];
  for (const stored of ['f32', 'f16'] as const) {
    const own = entries.filter((entry) => entry.stored === stored);
    found.push(await measureStored(stored, own, context));
  }
  return {
    measures: found.flatMap(({ measures }) => measures),
    figures: found.flatMap(({ figures }) => figures),
    notes: found.flatMap(({ notes }) => notes),
  };
}

export const memory: Bench = {
  name: 'memory',
  title: 'Loading and memory',
  method:
    `Each opening in a fresh process, the file in the system's cache. Peak memory is the largest resident set of the process, Node itself and pages of the mapped file ` +
    `included, when it has denoised a block of ${rows} rows behind ${cached} cached tokens each; caches are the bytes of those rows' keys and values.`,
  run,
};
