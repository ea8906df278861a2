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
  readonly hash: { readonly kind: 'sha256' | 'git-sha1'; readonly hex: string };
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
    return answer(revisionSchema, json, settings).sha;
  });
}

/** More pages than this of a thousand entries each are not read. */
const mostPages = 20;

/** The files in a folder, without or with those below it; none where there is no such folder. */
export async function listFiles(
  settings: HubSettings,
  place: Place,
  folder: string,
  { recursive = false }: { readonly recursive?: boolean } = {},
): Promise<readonly RemoteFile[]> {
  const files: RemoteFile[] = [];
  let url: string | undefined = `${apiUrl(settings, place, 'tree', folder)}${recursive ? '?recursive=true' : ''}`;
  for (let page = 0; url !== undefined && page < mostPages; page += 1) {
    const here: string = url;
    url = await requestJson(settings, here, { delays: settings.retryDelays }, (response, json) => {
      if (response.headers.get('x-error-code') === 'EntryNotFound') return undefined;
      if (!response.ok) throw refusalOf(settings, response, place, folder);
      files.push(...answer(treeSchema, json, settings).flatMap(fileOf));
      return nextOf(response, here);
    });
  }
  return files;
}

const fileOf = ({ type, path, size, oid, lfs }: z.infer<typeof treeSchema>[number]): readonly RemoteFile[] => {
  if (type !== 'file') return [];
  if (lfs) return [{ path, size: lfs.size, hash: { kind: 'sha256', hex: lfs.oid } }];
  return size === undefined ? [] : [{ path, size, hash: { kind: 'git-sha1', hex: oid } }];
};

/** The next page (RFC 8288). */
function nextOf(response: Response, url: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.headers.get('link') ?? '')?.[1];
  return target === undefined ? undefined : new URL(target, url).href;
}

function answer<T>(schema: z.ZodType<T>, json: unknown, { endpoint }: HubSettings): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new InputError(`${endpoint} does not answer as the Hugging Face hub does; is HF_ENDPOINT right?`);
}
