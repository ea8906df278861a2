import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Machine } from './result.js';

export function machine(): Machine {
  return {
    processor: processor(),
    cores: os.availableParallelism(),
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.platform()} ${os.arch()}`,
    node: process.versions.node,
  };
}

/** Its name, and the widest vector instructions that it has where the system tells: they decide a matrix product's speed. */
function processor(): string {
  const name = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const flags = attempt(() => readFileSync('/proc/cpuinfo', 'utf8')) ?? '';
  const vectors = [
    ['avx512f', 'AVX-512'],
    ['avx2', 'AVX2'],
  ].find(([flag = '']) => flags.includes(` ${flag} `));
  return vectors === undefined ? name : `${name} (${vectors[1] ?? ''})`;
}

/** The commit that is checked out, and whether tracked files differ from it; results do not count. Of what was packed, its own. */
export function commit(packed = 'bench/commit'): string | null {
  const named = attempt(() => readFileSync(packed, 'utf8').trim());
  if (named !== null) return named;
  return attempt(() => {
    const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8', stdio: 'pipe' }).trim();
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      '.',
      ':!bench/results',
      ':!bench/RESULTS.md',
    );
    return git('rev-parse', '--short=10', 'HEAD') + (changed === '' ? '' : '-dirty');
  });
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
