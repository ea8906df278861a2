import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';

declare const document: { readonly baseURI: string } | undefined;
declare const location: { readonly href: string; readonly origin: string } | undefined;

/** An address as a page means it: relative to the page, or to the worker's script. Throws an `InputError` for what is none. */
export function addressOf(given: string | URL): URL {
  const base = typeof document === 'undefined' ? pageOf()?.href : document.baseURI;
  const url = URL.canParse(String(given), base) ? new URL(given, base) : null;
  // Others, such as `hf:org/repo` of the command line, lead nowhere in a page.
  if (url !== null && ['http:', 'https:', 'blob:', 'data:'].includes(url.protocol)) return url;
  throw new InputError(
    `"${String(given)}" is not an address that a page can load from: give one like models/my-model/ or ` +
      'https://example.org/my-model/ (of a model on the Hugging Face hub, https://huggingface.co/org/repo/resolve/main/).',
  );
}

const pageOf = () => (typeof location === 'undefined' ? undefined : location);

export interface RequestOptions {
  /** Ends the request with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes have come, and of how many where the server says so. */
  readonly progress?: ((done: number, total: number | null) => void) | undefined;
  /** The most bytes that the file may have; any number when left out. */
  readonly most?: number | undefined;
}

/** Why there is no such file, as far as the server tells. */
export interface Missing {
  readonly missing: string;
}

/**
 * Downloads a file. What is not there (404, or a web page in its place, as servers of single-page sites answer) is no
 * error yet; everything else that goes wrong is an `InputError` that names the address.
 */
export async function download(url: URL, { signal, progress, most }: RequestOptions = {}): Promise<Blob | Missing> {
  const response = await request(url, signal);
  const { status, statusText } = response;
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
  // What comes with a refusal is not wanted; until it is read or given up, it holds the connection.
  if (!response.ok || isPage) await response.body?.cancel();
  if (status === 404 || status === 410) return { missing: `the server answers ${status}` };
  if (!response.ok) throw new InputError(`${url.href}: the server answers ${`${status} ${statusText}`.trim()}.`);
  if (isPage) return { missing: 'the server answers with a web page, as many do for what they have not got' };
  return bodyOf(response, url, { signal, progress, most });
}

async function request(url: URL, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const elsewhere = pageOf() !== undefined && pageOf()?.origin !== url.origin;
    const hint = elsewhere ? `, or ${url.host} does not let pages of other sites read it (CORS)` : '';
    throw new InputError(`${url.href} cannot be fetched (${messageOf(error)}): the server cannot be reached${hint}.`, {
      cause: error,
    });
  }
}

/** Bytes that are handed to the browser at once, which may put them on the disk. */
const part = 16 * 2 ** 20;

async function bodyOf(
  response: Response,
  url: URL,
  { signal, progress, most = Infinity }: RequestOptions,
): Promise<Blob> {
  const total = totalOf(response);
  const parts: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let [waiting, done] = [0, 0];
  const reader: ChunkReader | undefined = response.body?.getReader();
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    try {
      return (await reader?.read())?.value;
    } catch (cause) {
      signal?.throwIfAborted();
      const all = total === null ? '' : ` of ${total}`;
      throw new InputError(`${url.href} broke off after ${done}${all} bytes (${messageOf(cause)}): try again.`, {
        cause,
      });
    }
  };
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
    chunks.push(chunk);
    waiting += chunk.byteLength;
    done += chunk.byteLength;
    if (done > most) {
      await reader?.cancel();
      throw new InputError(`${url.href} is larger than ${most} bytes, the most that such a file may have.`);
    }
    if (waiting >= part) {
      parts.push(new Blob(chunks));
      [chunks, waiting] = [[], 0];
    }
    progress?.(done, total !== null && done <= total ? total : null);
  }
  return new Blob([...parts, ...chunks]);
}

/** What is sent compressed is longer than its header says, and other sites may hide that it is. */
function totalOf({ headers }: Response): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}

interface ChunkReader {
  cancel(): Promise<void>;
  read(): Promise<{ readonly value?: Uint8Array<ArrayBuffer> | undefined }>;
}
