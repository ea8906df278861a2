import { basename, resolve } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import type { NoiseProcess } from '../../graph/manifest.js';
import { candidatesOf, type BackendOptions } from '../backend-choice.js';
import { precisions, type CandidateName } from '../backends.js';
import { withCheckpoint } from '../checkpoint/folder.js';
import { chosen } from '../chosen.js';
import { ranked, reasonOf, type Timed } from './choose.js';
import { circumstancesOf } from './circumstances.js';
import { parityCase } from './parity-case.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';
import { probe, type ProbeOptions } from './probe.js';
import { forget, recall, remember, rememberedFile } from './remembered.js';
import { timeLimit } from './time-limit.js';

export interface AutoOptions extends BackendOptions {
  /** As in `OpenOptions`. */
  readonly process?: NoiseProcess | undefined;
  /** Ends the choice with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a probe may take which opens no model. */
const patience = 60_000;

const smallModel = { name: 'the parity case', folder: parityCase, process: 'absorbing' } as const;

/** Tries a backend; another way in tests. */
export type Probe = (request: ProbeRequest, options: ProbeOptions) => Promise<ProbeReport>;

/** What was opened on the backend that `auto` took, and why that one. */
export interface Settled<T> {
  readonly opened: T;
  readonly backend: CandidateName;
  readonly why: string;
}

/**
 * Opens a checkpoint on the fastest backend that verifies on this machine: the remembered one, or else each is tried in a process of its
 * own, on this model. One that does not open any more is forgotten. Where a single one can do what the options ask, nothing is tried.
 *
 * @throws InputError when none verifies, with the reason of each, and for what is wrong with options or checkpoint.
 */
export async function settle<T>(
  folder: string,
  options: AutoOptions,
  open: (backend: CandidateName) => Promise<T>,
  tried: Probe = probe,
): Promise<Settled<T>> {
  const names = candidatesOf(options);
  const { signal, choosing: tell } = options;
  const take = async (backend: CandidateName, why: string): Promise<Settled<T>> => {
    tell?.({ type: 'taken', backend, why });
    return { opened: await open(backend), backend, why };
  };
  const [only, another] = names;
  if (only !== undefined && another === undefined) return take(only, 'the only one that can do it');
  const key = await withCheckpoint(folder, (checkpoint) => Promise.resolve(circumstancesOf(checkpoint, options)));
  const known = (await recall()).find((each) => each.key === key);
  if (known !== undefined) {
    try {
      return await take(known.backend, `${reasonOf(known.milliseconds)}, as measured before`);
    } catch (error) {
      signal?.throwIfAborted();
      // The fault may be another one than the backend's, and would be met again.
      const { status } = await tried(requestFor(known.backend, options, []), { limit: patience, signal });
      if (status === 'verified') throw error;
      await forget(key);
    }
  }
  const timed = await measured(names, folder, options, tried);
  const [{ backend }] = timed;
  const kept = await remember({ key, model: basename(resolve(folder)), backend, milliseconds: timed });
  if (!kept) tell?.({ type: 'unkept', file: rememberedFile() });
  return take(backend, reasonOf(timed));
}

/** What a forward of the model takes on each, the fastest first. They are tried one after the other: none takes time from another. */
async function measured(
  names: readonly CandidateName[],
  folder: string,
  { process, signal, choosing: tell, ...options }: AutoOptions,
  tried: Probe,
): Promise<[Timed, ...Timed[]]> {
  const model = { name: basename(resolve(folder)), folder, ...(process === undefined ? {} : { process }) };
  const limit = await timeLimit(patience, [model]);
  const reports: ProbeReport[] = [];
  for (const [index, backend] of names.entries()) {
    const say = (stage: string) => tell?.({ type: 'probing', backend, number: index + 1, total: names.length, stage });
    say('starting');
    // A device that is no graphics card shows itself on the small model before the large one is opened.
    const models = ['webgpu', 'onnx-webgpu'].includes(backend) ? [smallModel, model] : [model];
    reports.push(await tried(requestFor(backend, options, models), { limit, signal, tell: say }));
  }
  const [fastest, ...slower] = ranked(reports, model.name);
  if (fastest !== undefined) return [fastest, ...slower];
  const reasons = reports.map(({ backend, reason }) => `  ${backend}: ${reason ?? 'it was not timed'}`);
  throw new InputError(
    `auto finds no backend for ${model.name} on this machine; \`samplewire doctor\` looks again.\n${reasons.join('\n')}`,
  );
}

function requestFor(
  backend: CandidateName,
  { precision, threads }: BackendOptions,
  models: ProbeRequest['models'],
): ProbeRequest {
  return {
    backend,
    ...(precision === undefined ? {} : { precision: chosen('precision', precision, precisions) }),
    ...(threads === undefined ? {} : { threads }),
    parity: parityCase,
    models,
  };
}
