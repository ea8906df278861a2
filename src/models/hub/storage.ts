import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';

export const hubElsewhere = 'HF_HOME names another place for the cache';

/** What went wrong with the disk of a cache, in words for the person it belongs to; `elsewhere` ends the sentence. */
export function storageFailure(error: unknown, path: string, elsewhere = hubElsewhere): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return diskFull(path, elsewhere);
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new InputError(`${path} cannot be written (${error.code}); ${elsewhere}.`);
  }
  return new InputError(`${path} cannot be used (${messageOf(error)}); ${elsewhere}.`);
}

export const diskFull = (path: string, elsewhere: string): InputError =>
  new InputError(`The disk has no room for ${path}. Make some and try again, which goes on from here; ${elsewhere}.`);
