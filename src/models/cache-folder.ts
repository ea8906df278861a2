import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where what takes long to make is kept for the next project of the same user: the folder that SAMPLEWIRE_CACHE names, or else
 * `samplewire` in the system's folder for caches (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches; %LOCALAPPDATA%). It may not exist.
 */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = given(env['SAMPLEWIRE_CACHE']);
  return named === undefined ? join(systemCache(env, platform), 'samplewire') : resolve(named);
}

function systemCache(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return given(env['LOCALAPPDATA']) ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return given(env['XDG_CACHE_HOME']) ?? join(homedir(), '.cache');
}

/** An empty variable is as good as none. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
