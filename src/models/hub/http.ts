import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../../graph/input-error.js';
import type { TransferSettings } from './settings.js';

/** A failure that may pass when the same is asked again: no connection, one that dropped, 5xx, 429. */
export class PassingFailure extends Error {
  /** Whether there was no way to the host at all. */
  readonly unreachable: boolean;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number;

  constructor(reason: string, more: { readonly unreachable?: boolean; readonly retryAfter?: number } = {}) {
    super(reason);
    this.unreachable = more.unreachable ?? false;
    this.retryAfter = more.retryAfter ?? 0;
  }
}

/** The most of an answer other than a file that is read; a page of a listing has about half a megabyte. */
const mostText = 20_000_000;

/** The fewest bytes that count as progress over so many milliseconds: 1 KiB a second. */
export const leastBytes = (milliseconds: number): number => 1.024 * milliseconds;

/** A longer wait than this is a person's to decide. */
const longestWait = 60_000;

export interface Attempts {
  /** Milliseconds before each further try; their number is how often there is one. */
  readonly delays: readonly number[];
  /** Whether something came since the last call: then the tries count anew. */
  readonly progressed?: () => boolean;
  /** Whether hosts that cannot be reached at all are worth another try. */
  readonly stubborn?: boolean;
}

/** Does `work`, again after a while when it fails in a way that may pass. Throws its last failure. */
export async function withRetries<T>(
  settings: TransferSettings,
  attempts: Attempts,
  work: () => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      settings.signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (attempts.progressed?.() === true) tries = 0;
      const delay = attempts.delays[tries];
      const hopeless = error.unreachable && attempts.stubborn !== true;
      if (delay === undefined || hopeless || error.retryAfter > longestWait) throw error;
      await pause(settings, error.message, Math.max(delay, error.retryAfter));
    }
  }
}

/** Waits, tells so, and ends with the signal's reason when it is aborted. */
export async function pause(settings: TransferSettings, reason: string, milliseconds: number): Promise<void> {
  settings.tell({ type: 'waiting', reason, seconds: milliseconds / 1000 });
  await sleep(milliseconds, undefined, { signal: settings.signal }).catch(() => undefined);
  settings.signal.throwIfAborted();
}

/**
 * Asks for `url` and hands the answer to `read`, with a function that gives the next bytes of its body, `undefined` at the
 * end. The connection is closed when `read` is done. Throws a `PassingFailure` where the network fails, nothing comes for
 * as long as the settings' patience or no more than a trickle for six times as long, or the status says that another try may help.
 *
 * Redirects are followed by `fetch`, which takes the Authorization header off where one leads to another origin.
 */
export async function request<T>(
  settings: TransferSettings,
  url: string,
  headers: Readonly<Record<string, string>>,
  read: (response: Response, next: () => Promise<Uint8Array | undefined>) => Promise<T>,
): Promise<T> {
  const connection = new AbortController();
  const { host, origin } = new URL(url);
  const stop = (): void => connection.abort();
  settings.signal.throwIfAborted();
  settings.signal.addEventListener('abort', stop);
  const patiently = async <R>(step: () => Promise<R>): Promise<R> => {
    const timer = setTimeout(stop, settings.patience);
    try {
      return await step();
    } catch (error) {
      settings.signal.throwIfAborted();
      if (!connection.signal.aborted) throw failureOf(error, host);
      throw new PassingFailure(`${host} sent nothing for ${settings.patience / 1000} s`);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    const response = await patiently(() =>
      fetch(url, {
        headers: {
          'user-agent': 'samplewire',
          // Sizes and ranges are those of the file, not of a compressed copy.
          'accept-encoding': 'identity',
          ...(origin === new URL(settings.endpoint).origin ? settings.credentials?.headers() : {}),
          ...headers,
        },
        signal: connection.signal,
      }),
    );
    if (response.status === 408 || response.status === 429 || response.status >= 500) {
      const retryAfter = waitOf(response.headers.get('retry-after'));
      throw new PassingFailure(`${hostOf(response, host)} answered ${statusOf(response)}`, { retryAfter });
    }
    const body: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
    const trickle = trickleOf(settings, host);
    return await read(response, async () => {
      if (body === undefined) return undefined;
      const begun = performance.now();
      const { value } = await patiently(() => body.read());
      if (value !== undefined) trickle(value.length, performance.now() - begun);
      return value;
    });
  } finally {
    settings.signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Asks for JSON. `read` sees every answer whose status no further try would change. */
export async function requestJson<T>(
  settings: TransferSettings,
  url: string,
  attempts: Attempts,
  read: (response: Response, json: unknown) => T,
): Promise<T> {
  return withRetries(settings, attempts, () =>
    request(settings, url, { accept: 'application/json' }, async (response, next) => {
      if (!response.ok) return read(response, undefined);
      const host = hostOf(response, url);
      return read(response, parsed(await textOf(next, host), host));
    }),
  );
}

/** The text of an answer. Counts bytes as they are unpacked: a small answer may be packed from a large one. */
export async function textOf(next: () => Promise<Uint8Array | undefined>, host: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (let bytes = await next(); bytes !== undefined; bytes = await next()) {
    length += bytes.length;
    if (length > mostText) {
      throw new InputError(`${host} answers with more than ${mostText} bytes where a list of files was asked for.`);
    }
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

/** Told of all bytes that came and of the time that was waited for them. Throws where they are no more than a trickle. */
function trickleOf({ patience }: TransferSettings, host: string): (bytes: number, waited: number) => void {
  let came = 0;
  let time = 0;
  return (bytes, waited) => {
    came += bytes;
    time += waited;
    if (time < 6 * patience) return;
    if (came < leastBytes(time)) {
      throw new PassingFailure(`${host} sent no more than ${came} bytes in ${Math.round(time / 100) / 10} s`);
    }
    came = 0;
    time = 0;
  };
}

/** A body that is cut short, or a page of a proxy in its place, may be whole at the next try. */
function parsed(text: string, host: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch {
    throw new PassingFailure(`${host} answered with something that is not JSON`);
  }
}

export const statusOf = ({ status, statusText }: Response): string => `${status} ${statusText}`.trim();

/** Who answered, after redirects. Never the whole address: those of storage hosts carry signatures. */
export const hostOf = ({ url }: Response, asked: string): string => (URL.canParse(url) ? new URL(url).host : asked);

/** Retry-After (RFC 9110, 10.2.3): seconds or a date. */
function waitOf(header: string | null): number {
  if (header === null) return 0;
  const milliseconds = /^\d+$/.test(header.trim()) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return Number.isNaN(milliseconds) ? 0 : Math.max(0, milliseconds);
}

const unreachableCodes = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** Names the host and the network's code and nothing else: messages of the client may quote what was sent. */
function failureOf(error: unknown, host: string): PassingFailure {
  const code = codeOf(error);
  if (code === undefined) return new PassingFailure(`the connection to ${host} broke`);
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code)) {
    const reason = `${host} shows a certificate that Node does not trust (${code}; NODE_EXTRA_CA_CERTS names a file with those of your network)`;
    return new PassingFailure(reason, { unreachable: true });
  }
  const unreachable = unreachableCodes.includes(code);
  return new PassingFailure(`${host} ${unreachable ? 'cannot be reached' : 'dropped the connection'} (${code})`, {
    unreachable,
  });
}

/** `fetch` wraps the network's error, and that of several addresses wraps one for each. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause) ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined);
}
