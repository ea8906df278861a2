import { InputError } from '../../graph/input-error.js';

/** A folder of a model repository at a revision. */
export interface HubReference {
  /** `org/repo` */
  readonly repo: string;
  /** Path of the folder in the repository, '' for its root. */
  readonly folder: string;
  /** A branch, a tag, a commit or another ref such as `refs/pr/1`. */
  readonly revision: string;
}

const prefix = 'hf:';

/** Whether a person means the hub and not a folder. */
export const isHubReference = (given: string): boolean => given.startsWith(prefix);

/** A commit's full hash: the one kind of revision that never moves. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

export const defaultRevision = 'main';

const example = 'hf:jdeschena/blockgen/baselines/owt/mdlm or hf:org/repo/sub/folder@revision';

/** Reads `hf:org/repo[/sub/folder][@revision]`. Throws an `InputError` that shows what a right one looks like. */
export function parseReference(given: string): HubReference {
  const refuse = (fault: string): InputError =>
    new InputError(`${given} is not a model on the Hugging Face hub: ${fault}. Write it like ${example}.`);
  if (!isHubReference(given)) throw refuse(`it does not begin with ${prefix}`);
  const text = given.slice(prefix.length);
  if (text.startsWith('//')) throw refuse(`no slashes follow ${prefix}`);
  const at = text.indexOf('@');
  const path = (at < 0 ? text : text.slice(0, at)).replace(/\/+$/, '');
  const revision = at < 0 ? defaultRevision : text.slice(at + 1);
  const [org = '', name = '', ...folders] = path.split('/');
  const repo = `${org}/${name}`;
  const fault = repoFault(repo) ?? pathFault(folders.join('/')) ?? revisionFault(revision);
  if (fault !== undefined) throw refuse(fault);
  return { repo, folder: folders.join('/'), revision };
}

/** The same in one line. */
export const formatReference = ({ repo, folder, revision }: HubReference): string =>
  `${prefix}${repo}${folder === '' ? '' : `/${folder}`}${revision === defaultRevision ? '' : `@${revision}`}`;

/** The names become folders of the cache: none may lead out of it. */
function repoFault(repo: string): string | undefined {
  const names = repo.split('/');
  const right = names.length === 2 && names.every((name) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name));
  if (!right) return `"${repo}" does not name an organisation and a repository of letters, digits, -, _ and .`;
  return /--|\.\./.test(repo) ? `the name of a repository holds neither -- nor ..` : undefined;
}

function pathFault(path: string): string | undefined {
  if (path === '') return undefined;
  const odd = path.split('/').find((name) => name === '' || name === '.' || name === '..' || /[\\:\p{Cc}]/u.test(name));
  return odd === undefined ? undefined : `"${path}" is not a path inside a repository`;
}

/** What git-check-ref-format(1) allows, roughly, and more strictly where a file system could be misled. */
function revisionFault(revision: string): string | undefined {
  const right =
    /^[^\s~^:?*[\\\p{Cc}]+$/u.test(revision) &&
    revision.split('/').every((name) => name !== '' && !name.startsWith('.') && !name.endsWith('.lock'));
  return right && !revision.includes('..') ? undefined : `"${revision}" is not a branch, a tag or a commit`;
}
