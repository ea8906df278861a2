import { checkPipeline, type CheckOutcome } from '../graph/check.js';
import { faultsError } from '../graph/fault.js';
import { InputError } from '../graph/input-error.js';
import { checkNames, type NamesOf } from '../graph/known-names.js';
import { maxTextLength } from '../graph/limits.js';
import { messageOf } from '../graph/message-of.js';
import { parsePipeline } from '../graph/parse.js';
import type { Registry } from '../graph/registry.js';
import { standardNodes } from '../nodes/standard.js';
import type { RunnablePipeline } from '../runtime/run.js';
import { addressOf, download } from './request.js';

export interface LoadOptions {
  /** The kinds of nodes; the standard ones when left out. Modules that documents import are not loaded: their nodes belong in here. */
  readonly registry?: Registry;
  /** Ends the loading with the signal's reason. */
  readonly signal?: AbortSignal;
}

const loadNames: NamesOf<LoadOptions> = { registry: true, signal: true };

/**
 * Loads a pipeline document from an address, ready to run; subgraphs in other files are looked up relative to it. Rejects with one
 * `InputError` that has every fault, each with its JSON path.
 */
export async function loadPipeline(url: string | URL, options: LoadOptions = {}): Promise<RunnablePipeline> {
  checkNames('loadPipeline', options, loadNames);
  const { registry = standardNodes, signal } = options;
  const address = addressOf(url);
  const text = await textAt(address, signal);
  if (text === undefined) throw new InputError(`There is no pipeline file ${address.href}.`);
  const parts = new Map<string, string | Error | undefined>();
  for (;;) {
    const wanted = new Set<string>();
    const resolve = (use: string): string | undefined => {
      const part = parts.get(use);
      if (part instanceof Error) throw part;
      if (!parts.has(use)) wanted.add(use);
      return part;
    };
    const outcome = parsePipeline(text, registry, { resolve });
    // What has been loaded may include more.
    if (wanted.size === 0) return ready(address.href, outcome);
    const load = async (use: string) =>
      parts.set(use, await textAt(new URL(use, address), signal).catch((error: unknown) => asError(error, signal)));
    await Promise.all([...wanted].map(load));
  }
}

export interface ReadOptions extends Pick<LoadOptions, 'registry'> {
  /** Documents that the pipeline includes, by their paths as seen from it: `./parts/denoise.json`. */
  readonly parts?: Readonly<Record<string, unknown>>;
}

const readNames: NamesOf<ReadOptions> = { registry: true, parts: true };

/** The same for a document that is there already, as a bundler imports it. Throws like `loadPipeline`. */
export function readPipeline(document: unknown, options: ReadOptions = {}): RunnablePipeline {
  checkNames('readPipeline', options, readNames);
  const { registry = standardNodes, parts = {} } = options;
  const resolve = (use: string): unknown => (Object.hasOwn(parts, use) ? parts[use] : undefined);
  return ready('the pipeline', checkPipeline(document, registry, { resolve }));
}

function ready(name: string, outcome: CheckOutcome): RunnablePipeline {
  if (!outcome.ok) throw faultsError(name, outcome.faults);
  return { graph: outcome.graph };
}

async function textAt(url: URL, signal: AbortSignal | undefined): Promise<string | undefined> {
  const content = await download(url, { signal, most: maxTextLength });
  return content instanceof Blob ? content.text() : undefined;
}

function asError(error: unknown, signal: AbortSignal | undefined): Error {
  signal?.throwIfAborted();
  return error instanceof Error ? error : new Error(messageOf(error));
}
