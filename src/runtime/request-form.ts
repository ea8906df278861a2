import { InputError } from '../graph/input-error.js';
import { isRecord } from '../graph/is-record.js';
import { nameFaults } from '../graph/known-names.js';

/** What is wrong with the form of a request, before anything in it is looked at. Callers from plain JavaScript may give anything. */
export function requestFaults(what: string, request: unknown, known: Readonly<Record<string, true>>): string[] {
  if (request === undefined) return [`${what} needs a request, an object with at least a model`];
  const faults = nameFaults(what, request, known);
  if (!isRecord(request) || Array.isArray(request)) return faults;
  faults.push(...modelFaults(request, 'model'));
  const { params } = request;
  if (params !== undefined && (!isRecord(params) || Array.isArray(params))) {
    const found = params === null ? 'null' : Array.isArray(params) ? 'a list' : `a ${typeof params}`;
    faults.push(`params must be an object with a value for each name, not ${found}`);
  }
  return faults;
}

/** What is wrong with a model in a request; only the judge may be left out. */
export function modelFaults(request: unknown, name: 'model' | 'judge'): string[] {
  const given: unknown = isRecord(request) ? request[name] : undefined;
  if (name === 'judge' && given === undefined) return [];
  const denoiser = isRecord(given) ? given['denoiser'] : undefined;
  if (isRecord(denoiser) && isRecord(denoiser['manifest'])) return [];
  const found = isRecord(given) ? 'an object without a denoiser' : given === null ? 'null' : typeof given;
  return [`${name} must be an opened model, as openModel gives (await it), not ${found}`];
}

/** Throws an `InputError` for what is no pipeline. */
export function checkRunnable(pipeline: unknown): void {
  if (isRecord(pipeline) && isRecord(pipeline['graph']) && 'body' in pipeline['graph']) return;
  throw new InputError('run needs a pipeline, as loadPipeline, openPipeline and build() give (await openPipeline)');
}
