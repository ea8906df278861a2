import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { cacheFolder } from '../../src/models/cache-folder.js';

it('is where the environment or the system says', () => {
  expect(cacheFolder({ SAMPLEWIRE_CACHE: 'here', XDG_CACHE_HOME: '/x' }, 'linux')).toBe(resolve('here'));
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe(join('/x', 'samplewire'));
  expect(cacheFolder({ SAMPLEWIRE_CACHE: '' }, 'linux')).toBe(join(homedir(), '.cache', 'samplewire'));
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, 'darwin')).toBe(join(homedir(), 'Library', 'Caches', 'samplewire'));
  expect(cacheFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'samplewire'));
});
