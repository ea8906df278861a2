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
  const named = env['SAMPLEWIRE_CACHE'];
  if (named) return resolve(named);
  return join(systemCache(env, platform), 'samplewire');
}

function systemCache(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
}
