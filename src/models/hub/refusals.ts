import { InputError } from '../../graph/input-error.js';
import { hostOf, statusOf, type PassingFailure } from './http.js';
import type { HubSettings } from './settings.js';

/** What of the hub is asked for. */
export interface Place {
  /** `org/repo` */
  readonly repo: string;
  readonly revision: string;
}

/**
 * Says why the hub does not give what was asked for, and what would help. Its `X-Error-Code` tells the cases apart; without a
 * token a private repository and one that does not exist look the same, by intention.
 */
export function refusalOf(
  settings: HubSettings,
  response: Response,
  { repo, revision }: Place,
  path: string,
): InputError {
  const { endpoint, credentials } = settings;
  const host = hostOf(response, endpoint);
  if (host !== new URL(endpoint).host) {
    return new InputError(`${host}, where the hub keeps ${path} of ${repo}, answered ${statusOf(response)}.`);
  }
  const code = response.headers.get('x-error-code') ?? '';
  const access =
    credentials === null
      ? `set HF_TOKEN to a token that may read it (${endpoint}/settings/tokens)`
      : `the token in ${credentials.source} may not read it; set HF_TOKEN to one that may`;
  if (code === 'GatedRepo') {
    return new InputError(`${repo} is gated: ask for access on ${endpoint}/${repo}, then ${access}.`);
  }
  if (code === 'RevisionNotFound') {
    return new InputError(`${repo} has no revision ${revision}${orderHint(repo, revision)}.`);
  }
  if (code === 'EntryNotFound') return new InputError(`${repo} has no ${path} at revision ${revision}.`);
  if (response.status === 403) {
    return new InputError(`${endpoint} does not let ${repo} be read (${statusOf(response)}): ${access}.`);
  }
  if (response.status === 401 && credentials !== null) {
    return new InputError(
      `${endpoint} does not accept the token in ${credentials.source} (${statusOf(response)}), be ${repo} public or not: ` +
        `set HF_TOKEN to a new one (${endpoint}/settings/tokens), or HF_HUB_DISABLE_IMPLICIT_TOKEN=1 to send none.`,
    );
  }
  if (response.status === 401 || response.status === 404) {
    return new InputError(`${endpoint} has no model repository ${repo}, or it is private: ${access}.`);
  }
  return new InputError(`${endpoint} answered ${statusOf(response)} when asked for ${path || repo}.`);
}

/** `hf:org/repo@main/sub/folder`, as other tools order it. */
function orderHint(repo: string, revision: string): string {
  const [branch = '', ...folders] = revision.split('/');
  if (folders.length === 0 || branch === 'refs') return '';
  return `; the revision goes last: hf:${repo}/${folders.join('/')}@${branch}`;
}

/** The network is not to be used, and the cache has not what was asked for. */
export const offlineRefusal = ({ offline, cache }: HubSettings, wanted: string): InputError =>
  new InputError(
    `${wanted} is not in the cache (${cache}), or not intact, and ${String(offline)} forbids to download it.`,
  );

/** The hub cannot be reached, or keeps failing, and the cache has not what was asked for. */
export const unreachableRefusal = (settings: HubSettings, failure: PassingFailure, wanted: string): InputError =>
  new InputError(
    `${wanted} cannot be fetched: ${failure.message}. It is not in the cache (${settings.cache}) either; ` +
      (failure.unreachable ? 'is there a network?' : 'try again later.'),
  );

/** Words for what is left of a download that failed. */
export const brokenDownload = (failure: PassingFailure, file: string, bytes: number, total: number): InputError =>
  new InputError(
    `The download of ${file} broke at ${bytes} of ${total} bytes: ${failure.message}. ` +
      'The same command goes on from there.',
    { cause: failure },
  );
