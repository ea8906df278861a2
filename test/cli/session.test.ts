import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSession, stoppedCode } from '../../src/cli/session.js';
import { FakeOutput } from './fake-session.js';

const script = fileURLToPath(new URL('./stuck-process.ts', import.meta.url));

/** Sends each signal once the line before it has been printed; the lines, and the exit code as a shell has it. */
async function ended(
  told: Readonly<Record<string, NodeJS.Signals>>,
): Promise<{ readonly lines: readonly string[]; readonly code: number | null }> {
  const child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Its thread is busy for a minute.
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) {
      lines.push(line);
      const signal = told[line];
      if (signal !== undefined) child.kill(signal);
    }
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearTimeout(late);
      resolve({ lines, code: signal === null ? code : 128 + constants.signals[signal] });
    });
  });
}

describe('a command whose thread never comes back', () => {
  it.each([
    ['a second Ctrl-C', { stuck: 'SIGINT', stopping: 'SIGINT' }, 130],
    ['a while after SIGTERM', { stuck: 'SIGTERM' }, 143],
    ['a while after a SIGTERM that comes behind Ctrl-C', { stuck: 'SIGINT', stopping: 'SIGTERM' }, 143],
  ] as const)(
    'ends at %s, and gives the cursor back before',
    async (_, told, code) => {
      expect(await ended(told)).toEqual({ lines: ['stuck', 'stopping', 'cursor is back'], code });
    },
    30_000,
  );
});

/** A process that hears signals, and nothing else. */
const fakeProcess = (): NodeJS.Process =>
  Object.assign(new EventEmitter(), {
    stdout: new FakeOutput(false),
    stderr: new FakeOutput(false),
    env: {},
  }) as unknown as NodeJS.Process;

it.each([
  { name: 'SIGINT', code: 130 },
  { name: 'SIGTERM', code: 143 },
  { name: 'SIGHUP', code: 129 },
] as const)('$name stops a command, whose exit code is $code', ({ name, code }) => {
  const process = fakeProcess();
  const session = openSession(process);
  expect(stoppedCode(session.stopReason)).toBe(0);
  process.emit(name, name);
  expect(session.signal.aborted).toBe(true);
  expect(stoppedCode(session.stopReason)).toBe(code);
});
