import { basename, resolve } from 'node:path';
import type { BackendOptions } from './backend-choice.js';
import type { BackendName } from './backends.js';
import { labelOf, readExpected } from './parity/expected.js';
import { processFile, runProcess } from './process/run.js';
import { verifyMessage, type VerifyMessage, type VerifyRequest } from './verify-message.js';

/** The cases of a checkpoint folder, before any backend has been asked. */
export interface ExpectedCases {
  readonly folder: string;
  /** The folder's name. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly tolerance: number;
}

/** What one backend made of all folders. */
export interface BackendVerification {
  readonly backend: BackendName;
  /** By folder, in their order, the largest difference of each case; `null` for a folder that it did not get through. */
  readonly differences: readonly (readonly number[] | null)[];
  /** Why there are folders that it did not get through: it is not here, or it crashed. */
  readonly reason: string | null;
}

export interface VerifyEachOptions extends Pick<BackendOptions, 'precision' | 'threads'> {
  /** Told which backend is next. */
  readonly tell?: (backend: BackendName) => void;
  /** Takes what each backend made of it as it comes. */
  readonly take?: (verification: BackendVerification) => void;
  readonly signal?: AbortSignal;
  /** The file that each process runs; another one in tests. */
  readonly file?: URL;
}

/** Reads what is expected of each folder. Throws an `InputError` where a folder has no expectations, or broken ones. */
export const expectedCases = (folders: readonly string[]): Promise<ExpectedCases[]> =>
  Promise.all(
    folders.map(async (folder) => {
      const { cases, tolerance } = await readExpected(folder);
      return { folder, name: basename(resolve(folder)), labels: cases.map(labelOf), tolerance };
    }),
  );

/**
 * Runs the cases of all folders on one backend after the other, each in a process of its own: a native library may crash, and what it
 * writes stays out of the terminal. Rejects only when it is aborted, with the signal's reason.
 */
export async function verifyEach(
  folders: readonly string[],
  backends: readonly BackendName[],
  { tell, take, signal, file = processFile('verify-process', import.meta.url), ...options }: VerifyEachOptions = {},
): Promise<BackendVerification[]> {
  const found: BackendVerification[] = [];
  for (const backend of backends) {
    signal?.throwIfAborted();
    tell?.(backend);
    const verification = await verifyOn({ folders, backend, ...options }, file, signal);
    found.push(verification);
    take?.(verification);
  }
  return found;
}

async function verifyOn(
  request: VerifyRequest,
  file: URL,
  signal: AbortSignal | undefined,
): Promise<BackendVerification> {
  const { messages, end } = await runProcess(file, request, { schema: verifyMessage, signal });
  const differences = request.folders.map((_, index) => messages.find(of(index))?.differences ?? null);
  const reasons = new Set(messages.flatMap(({ reason }) => reason ?? []));
  const crashed = messages.length < request.folders.length;
  return {
    backend: request.backend,
    differences,
    reason: [...reasons, ...(crashed ? [end] : [])].join('\n') || null,
  };
}

const of =
  (index: number) =>
  ({ folder }: VerifyMessage): boolean =>
    folder === index;
