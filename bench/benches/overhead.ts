import { defineNode, type NodeDefinition } from '../../src/graph/node-definition.js';
import { createRegistry, type Registry } from '../../src/graph/registry.js';
import type { Model } from '../../src/models/denoiser.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { readPipeline } from '../../src/runtime/pipeline-file.js';
import { absorbingManifest } from '../../src/testing/context.js';
import { NullDenoiser } from '../../test/support/null-denoiser.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { ratioFigure, spreadFigure } from '../harness/figures.js';
import { openBenchModel } from '../harness/model.js';
import type { Figure, Findings, Measure } from '../harness/result.js';
import { inTurn, timed } from '../harness/rounds.js';
import { decode, pipelineNamed } from '../harness/runs.js';
import { handLoop } from '../peers/hand-loop.js';

const shape = { blockSize: 16, steps: 16 };
const shipped = 'models/tinyshakespeare-absorb';
const runtime = 'runtime';
const loop = 'hand-written loop';

/** A registry whose nodes count their firings. */
function counting(registry: Registry, count: () => void): Registry {
  return createRegistry(
    registry.definitions.map((definition): NodeDefinition => {
      if ('step' in definition) {
        return defineNode({ ...definition, step: (firing) => (count(), definition.step(firing)) });
      }
      if ('forward' in definition) {
        return defineNode({ ...definition, forward: (firing) => (count(), definition.forward(firing)) });
      }
      return defineNode({ ...definition, ask: (firing) => (count(), definition.ask(firing)) });
    }),
  );
}

/** The runtime against a hand-written loop over the same denoiser calls, on a shipped model. */
async function againstHandLoop(model: Model, rows: number, length: number, context: BenchContext): Promise<Measure> {
  const arpc = pipelineNamed('arpc');
  const where = `${rows === 1 ? '1 row' : `${rows} rows`} of ${length} tokens`;
  const series = await inTurn(
    [
      { name: runtime, measure: () => timed(() => decode(arpc, { model, rows, length }, context.signal)) },
      { name: loop, measure: () => timed(() => handLoop(model.denoiser, { rows, length, ...shape })) },
    ],
    {
      rounds: context.rounds(rows === 1 ? 11 : 5),
      signal: context.signal,
      tell: (text) => context.tell(`${where}: ${text}`),
    },
  );
  return { case: where, unit: 'ms', series };
}

/** Microseconds a firing with a model that does nothing. */
async function perFiring(rows: number, length: number, context: BenchContext): Promise<Figure> {
  const model: Model = { denoiser: new NullDenoiser({ ...absorbingManifest, length }), tokenizer: null };
  let firings = 0;
  const counted = readPipeline(
    'pipelines/arpc.json',
    counting(standardNodes, () => firings++),
  );
  await decode(counted, { model, rows, length }, context.signal);
  const arpc = pipelineNamed('arpc');
  const [{ samples } = { samples: [] }] = await inTurn(
    [{ name: runtime, measure: () => timed(() => decode(arpc, { model, rows, length }, context.signal)) }],
    {
      rounds: context.rounds(9),
      uncounted: 2,
      signal: context.signal,
      tell: (text) => context.tell(`firings: ${text}`),
    },
  );
  return spreadFigure(
    samples.flatMap((milliseconds) => (milliseconds === null ? [] : [(milliseconds * 1000) / firings])),
    {
      figure: 'a firing, with a model that does nothing',
      case: `${rows} rows of ${length} tokens (${firings.toLocaleString('en')} firings)`,
      unit: 'µs',
      aim: { most: 5 },
    },
  );
}

async function run(context: BenchContext): Promise<Findings> {
  const firing = await perFiring(64, context.quick ? 32 : 128, context);
  const model = await openBenchModel(shipped, context);
  try {
    const length = context.quick ? 16 : 128;
    const measures = [
      await againstHandLoop(model, 1, length, context),
      await againstHandLoop(model, 8, length, context),
    ];
    const figures = measures.flatMap((measure) =>
      ratioFigure(measure, runtime, loop, { figure: 'runtime / hand-written loop', aim: { most: 1.05 } }),
    );
    return { measures, figures: [firing, ...figures], notes: [] };
  } finally {
    model.denoiser.dispose();
  }
}

export const overhead: Bench = {
  name: 'overhead',
  title: 'Overhead of the runtime',
  method:
    `\`pipelines/arpc.json\` with its defaults (blocks of 16, 16 steps) on \`${shipped}\`, a model so small that the runtime shows, against \`bench/peers/hand-loop.ts\`, a ` +
    'plain loop over the same denoiser calls; and the time of a firing with a model that does nothing.',
  run,
};
