import { z } from 'zod';
import { InputError } from '../../../graph/input-error.js';
import { PassingFailure, hostOf, request, statusOf, textOf, withRetries } from '../../../models/hub/http.js';
import type { TransferSettings } from '../../../models/hub/settings.js';
import type { Credentials } from '../../../models/hub/token.js';
import { nameOf, type Wheel } from './wheel.js';

/** A Python package index by its simple API (PEP 503, PEP 691). */
export interface PackageIndex {
  /** Without a slash at its end, and without a name or a password. */
  readonly url: string;
  readonly credentials: Credentials | null;
}

/** The way to the index is closed here, but may be open to pip, with its proxies, certificates and passwords. */
export class NoAccess extends Error {}

/** Reads an address as pip takes it, name and password included. `source` says who named it. */
export function packageIndex(address: string, source: string): PackageIndex {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new InputError(`The package index (${source}) must be an address like https://pypi.org/simple.`);
  }
  const { username, password } = url;
  const pair = Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64');
  return {
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    credentials: username === '' ? null : { source, headers: () => ({ authorization: `Basic ${pair}` }) },
  };
}

/** A percent sign that escapes nothing stands for itself, as in a password that was never escaped. */
const unescaped = (text: string): string =>
  text.replaceAll(/(?:%[\da-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'));

const accepted = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

/** The address of a wheel. Throws a `NoAccess` where the index cannot be read, an `InputError` where it has not the wheel. */
export async function locate(settings: TransferSettings, index: PackageIndex, wheel: Wheel): Promise<string> {
  const page = `${index.url}/${wheel.distribution}/`;
  const url = await withRetries(settings, { delays: settings.retryDelays }, () =>
    request(settings, page, { accept: accepted }, async (response, next) => {
      if (denied(response)) throw new NoAccess(`${index.url} answers ${statusOf(response)}`);
      if (!response.ok && response.status !== 404) {
        throw new InputError(`${page} answered ${statusOf(response)}; is that a package index? ${otherIndex}`);
      }
      const text = response.ok ? await textOf(next, hostOf(response, index.url)) : '';
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return (isJson ? linkInJson : linkInHtml)(text, wheel, response.url);
    }),
  ).catch((error: unknown) => {
    throw error instanceof PassingFailure ? new NoAccess(error.message) : error;
  });
  if (url !== undefined) return url;
  throw new InputError(`${index.url} has no ${wheel.filename} (${nameOf(wheel)}). ${otherIndex}`);
}

const otherIndex = 'PIP_INDEX_URL names another package index, such as https://pypi.org/simple.';

/** Whether an answer says that somebody else might be let in. */
export const denied = ({ status }: Response): boolean => [401, 403].includes(status);

const listSchema = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

function linkInJson(text: string, { filename }: Wheel, base: string): string | undefined {
  const result = listSchema.safeParse(parsed(text));
  const found = result.data?.files.find((file) => file.filename === filename);
  return found === undefined ? undefined : absolute(found.url, base);
}

function parsed(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}

/** An anchor's text is the file's name, and its address ends with it; the hash after it is not needed: ours is known. */
function linkInHtml(text: string, { filename }: Wheel, base: string): string | undefined {
  for (const [, quoted] of text.matchAll(/<a\b[^>]*?\bhref\s*=\s*["']([^"']+)["']/gi)) {
    const url = absolute(quoted?.replaceAll('&amp;', '&') ?? '', base);
    if (url !== undefined && unescaped(new URL(url).pathname.split('/').at(-1) ?? '') === filename) return url;
  }
  return undefined;
}

function absolute(link: string, base: string): string | undefined {
  if (!URL.canParse(link, base)) return undefined;
  const url = new URL(link, base);
  url.hash = '';
  return ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}
