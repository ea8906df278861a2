import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';

/** What went wrong with the cache's disk, in words for the person it belongs to. */
export function storageFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return diskFull(path);
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new InputError(`${path} cannot be written (${error.code}); ${elsewhere}.`);
  }
  return new InputError(`${path} cannot be used (${messageOf(error)}); ${elsewhere}.`);
}

export const diskFull = (path: string): InputError =>
  new InputError(`The disk has no room for ${path}. Make some and try again, which goes on from here; ${elsewhere}.`);

const elsewhere = 'HF_HOME names another place for the cache';
