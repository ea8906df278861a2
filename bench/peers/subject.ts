import { match } from 'ts-pattern';
import { openBenchModel, rowsBehind } from '../harness/model.js';
import { openProducts } from './ceiling/products.js';
import type { ForwardCase, Subject } from './protocol.js';

/** A contestant inside its process. */
export interface OpenSubject {
  /** Makes a case ready and gives a function that does its forward once. */
  prepare(at: ForwardCase): Promise<() => Promise<unknown>>;
}

export const openSubject = (what: Subject): Promise<OpenSubject> =>
  match(what)
    .with({ subject: 'products' }, async ({ folder, shape, layout, threads }): Promise<OpenSubject> => {
      const products = await openProducts(folder, shape, { layout, threads });
      return { prepare: (at) => Promise.resolve(products.prepare(at)) };
    })
    .with({ subject: 'model' }, async (options): Promise<OpenSubject> => {
      const { denoiser } = await openBenchModel(options.folder, options);
      let release = (): void => undefined;
      return {
        prepare: async ({ rows, cached, block }) => {
          release();
          const behind = await rowsBehind(denoiser, { rows, cached, block });
          release = behind.release;
          return behind.forward;
        },
      };
    })
    .with({ subject: 'torch' }, () => Promise.reject(new Error('torch runs in Python')))
    .exhaustive();
