import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import type { NamesOf } from '../../graph/known-names.js';
import type { HubEvent } from './events.js';
import { hubElsewhere } from './storage.js';
import { readToken, type Credentials } from './token.js';

export interface HubOptions {
  /** Stops the download; what has come stays for the next call. */
  readonly signal?: AbortSignal | undefined;
  /** Told of everything that happens. */
  readonly progress?: ((event: HubEvent) => void) | undefined;
  /** Environment variables. Default: the process's own. */
  readonly environment?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Address of the hub. Default: `HF_ENDPOINT`, else https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /** Milliseconds before each further try of what failed and may pass. Default: 500, 1000, 2000, 4000. */
  readonly retryDelays?: readonly number[] | undefined;
}

export const hubOptionNames: NamesOf<HubOptions> = {
  signal: true,
  progress: true,
  environment: true,
  endpoint: true,
  retryDelays: true,
};

/** What any download needs, be it from the hub or from another host. */
export interface TransferSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** For the endpoint alone, and no other host. */
  readonly credentials: Credentials | null;
  /** What a person can do who wants what is downloaded elsewhere; the end of a sentence about a disk. */
  readonly elsewhere: string;
  /** Milliseconds without a byte after which a connection counts as dropped. */
  readonly patience: number;
  readonly retryDelays: readonly number[];
  readonly signal: AbortSignal;
  readonly tell: (event: HubEvent) => void;
}

/** Options and environment, read and checked. */
export interface HubSettings extends TransferSettings {
  /** Folder of the cache that the tools of the hub share. */
  readonly cache: string;
  /** The variable that forbids the network, `null` where none does. */
  readonly offline: string | null;
}

/**
 * Reads the variables that the hub's other tools read, with their meaning there
 * (huggingface.co/docs/huggingface_hub/package_reference/environment_variables).
 */
export async function settingsOf(options: HubOptions): Promise<HubSettings> {
  const variable = variablesOf(options.environment ?? process.env);
  const user = variable('HOME') ?? homedir();
  const path = (...names: readonly string[]): string | undefined => {
    const given = names.map(variable).find((value) => value !== undefined);
    return given?.replace(/^~(?=$|[/\\])/, user);
  };
  const home = path('HF_HOME') ?? join(path('XDG_CACHE_HOME') ?? join(user, '.cache'), 'huggingface');
  const said = (name: string): boolean => /^(1|on|yes|true)$/i.test(variable(name) ?? '');
  return {
    endpoint: endpointOf(options.endpoint ?? variable('HF_ENDPOINT') ?? 'https://huggingface.co'),
    credentials: said('HF_HUB_DISABLE_IMPLICIT_TOKEN')
      ? null
      : await readToken(variable, path('HF_TOKEN_PATH') ?? join(home, 'token')),
    elsewhere: hubElsewhere,
    cache: path('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'),
    offline: ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find(said) ?? null,
    patience: 1000 * secondsOf('HF_HUB_DOWNLOAD_TIMEOUT', variable('HF_HUB_DOWNLOAD_TIMEOUT') ?? '10'),
    retryDelays: options.retryDelays ?? [500, 1000, 2000, 4000],
    signal: options.signal ?? new AbortController().signal,
    tell: options.progress ?? (() => undefined),
  };
}

/** Reads a variable; an empty one counts as not set. */
export type Variables = (name: string) => string | undefined;

const variablesOf =
  (environment: Readonly<NodeJS.ProcessEnv>): Variables =>
  (name) => {
    const value = environment[name];
    return value === undefined || value.trim() === '' ? undefined : value;
  };

function endpointOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (given.includes('@')) {
    throw new InputError(`The hub's address (HF_ENDPOINT) must not hold a name or a password; set HF_TOKEN instead.`);
  }
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new InputError(`The hub's address (HF_ENDPOINT) must be one like https://huggingface.co, not ${given}.`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function secondsOf(name: string, given: string): number {
  const seconds = Number(given);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InputError(`${name} must be a number of seconds above 0, not ${given}.`);
}
