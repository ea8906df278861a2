import { match } from 'ts-pattern';
import { deviceOf, type Device } from '../gpu/device.js';
import { measureRates } from '../gpu/rates.js';
import type { NumberType } from '../gpu/result.js';
import type { Rates } from '../gpu/work.js';
import { openBenchModel, rowsBehind } from '../harness/model.js';
import { timed } from '../harness/rounds.js';
import { decode, pipelineNamed, requestFor } from '../harness/runs.js';
import { openProducts } from './ceiling/products.js';
import type { ForwardCase, Ran, Subject } from './protocol.js';

/** A contestant inside its process. */
export interface OpenSubject {
  /** Makes a case ready and gives a function that does its forward once. */
  prepare(at: ForwardCase): Promise<() => Promise<unknown>>;
  /** Decodes rows by a pipeline, where it is a model. */
  run?(pipeline: string, size: { readonly rows: number; readonly tokens: number }): Promise<Ran>;
  /** What its device can do, where it is one. */
  rates?(numbers: NumberType, quick: boolean): Promise<Rates>;
  readonly device?: Device;
}

const going = new AbortController().signal;

export const openSubject = (what: Subject): Promise<OpenSubject> =>
  match(what)
    .with({ subject: 'products' }, async ({ folder, shape, layout, threads }): Promise<OpenSubject> => {
      const products = await openProducts(folder, shape, { layout, threads });
      return { prepare: (at) => Promise.resolve(products.prepare(at)) };
    })
    .with({ subject: 'model' }, async (options): Promise<OpenSubject> => {
      const model = await openBenchModel(options.folder, options);
      const { denoiser } = model;
      let release = (): void => undefined;
      return {
        prepare: async ({ rows, cached, block, readBack = false }) => {
          release();
          const behind = await rowsBehind(denoiser, { rows, cached, block });
          release = behind.release;
          return readBack ? behind.step : behind.forward;
        },
        run: async (pipeline, { rows, tokens }) => {
          release();
          release = (): void => undefined;
          const graph = pipelineNamed(pipeline);
          let decoded = 0;
          const milliseconds = await timed(async () => {
            decoded = await decode(graph, { ...requestFor(model, { tokens }), rows }, going);
          });
          return { milliseconds, tokens: decoded };
        },
      };
    })
    .with({ subject: 'device' }, async ({ backend }): Promise<OpenSubject> => {
      const device = await deviceOf(backend);
      return {
        device,
        prepare: () => Promise.reject(new Error('no network is open')),
        rates: (numbers, quick) => measureRates(backend, numbers, quick),
      };
    })
    .with({ subject: 'torch' }, () => Promise.reject(new Error('torch runs in Python')))
    .exhaustive();
