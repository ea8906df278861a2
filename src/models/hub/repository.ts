import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { requestJson, type Attempts } from './http.js';
import { isCommit } from './reference.js';
import { refusalOf, type Place } from './refusals.js';
import type { HubSettings } from './settings.js';

/** A file of a repository, and what its content has to be. */
export interface RemoteFile {
  /** In the repository. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content itself where it is large, else of git's object of it: its name in the cache, too. */
  readonly hash: ContentHash;
}

export interface ContentHash {
  readonly kind: 'sha256' | 'git-sha1';
  readonly hex: string;
}

const size = z.number().int().nonnegative();

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: size.optional(),
    oid: z.string().regex(/^[0-9a-f]{40}$/),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size }).nullish(),
  }),
);

const revisionSchema = z.object({ sha: z.string().refine(isCommit) });

/** The URLs of a repository, as huggingface.co/docs/hub/api lists them. */
const apiUrl = ({ endpoint }: HubSettings, { repo, revision }: Place, kind: string, path = ''): string =>
  `${endpoint}/api/models/${repo}/${kind}/${encodeURIComponent(revision)}${path === '' ? '' : `/${encodePath(path)}`}`;

export const contentUrl = ({ endpoint }: HubSettings, { repo, revision }: Place, path: string): string =>
  `${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`;

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** The commit that a revision stands for now. Throws an `InputError` where there is none. */
export async function commitOf(settings: HubSettings, place: Place, attempts: Attempts): Promise<string> {
  return requestJson(settings, apiUrl(settings, place, 'revision'), attempts, (response, json) => {
    if (!response.ok) throw refusalOf(settings, response, place, '');
    const { sha } = answer(revisionSchema, json, settings);
    checkCommit(settings, place, sha);
    return sha;
  });
}

/** A commit's hash stands for it alone: an answer about another one is refused. */
function checkCommit({ endpoint }: HubSettings, { repo, revision }: Place, answered: string): void {
  if (!isCommit(revision) || answered === revision) return;
  throw new InputError(
    `${endpoint} was asked for commit ${revision} of ${repo} and answers with ${answered}; is HF_ENDPOINT right?`,
  );
}

/** More pages than this of a thousand entries each are not read. */
const mostPages = 20;

/**
 * The files in a folder, without or with those below it; none where there is no such folder. Throws an `InputError` where
 * a folder alone has too many. With those below it, the first ones are given.
 */
export async function listFiles(
  settings: HubSettings,
  place: Place,
  folder: string,
  { recursive = false }: { readonly recursive?: boolean } = {},
): Promise<readonly RemoteFile[]> {
  const files: RemoteFile[] = [];
  let url: string | undefined = `${apiUrl(settings, place, 'tree', folder)}${recursive ? '?recursive=true' : ''}`;
  for (let page = 0; url !== undefined; page += 1) {
    if (page === mostPages) {
      if (recursive) break;
      throw new InputError(`${settings.endpoint} lists ${folder || place.repo} in more than ${mostPages} pages.`);
    }
    const here: string = url;
    url = await requestJson(settings, here, { delays: settings.retryDelays }, (response, json) => {
      if (response.headers.get('x-error-code') === 'EntryNotFound') return undefined;
      if (!response.ok) throw refusalOf(settings, response, place, folder);
      checkCommit(settings, place, response.headers.get('x-repo-commit') ?? place.revision);
      files.push(...answer(treeSchema, json, settings).flatMap(fileOf));
      return nextOf(settings, response, here);
    });
  }
  return files;
}

const fileOf = ({ type, path, size, oid, lfs }: z.infer<typeof treeSchema>[number]): readonly RemoteFile[] => {
  if (type !== 'file') return [];
  if (lfs) return [{ path, size: lfs.size, hash: { kind: 'sha256', hex: lfs.oid } }];
  return size === undefined ? [] : [{ path, size, hash: { kind: 'git-sha1', hex: oid } }];
};

/** The next page (RFC 8288), which has to be at the same host: requests to the hub carry the token. */
function nextOf({ endpoint }: HubSettings, response: Response, url: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.headers.get('link') ?? '')?.[1];
  if (target === undefined) return undefined;
  const refuse = (fault: string): InputError =>
    new InputError(`${endpoint} lists files by pages, and the next page ${fault}; is HF_ENDPOINT right?`);
  if (!URL.canParse(target, url)) throw refuse('is no address');
  const { href, host, protocol } = new URL(target, url);
  if (host !== new URL(endpoint).host) throw refuse(`is at ${host || protocol}`);
  if (href === url) throw refuse('is this page');
  return href;
}

function answer<T>(schema: z.ZodType<T>, json: unknown, { endpoint }: HubSettings): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new InputError(`${endpoint} does not answer as the Hugging Face hub does; is HF_ENDPOINT right?`);
}
