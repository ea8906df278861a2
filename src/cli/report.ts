import { Chalk } from 'chalk';
import { InputError } from '../graph/input-error.js';
import { exitCodes } from './exit-code.js';
import type { Session } from './session.js';
import { colourLevel } from './terminal/colours.js';
import { printable } from './terminal/printable.js';

/** Tells an error to a person, without a stack trace, and gives the exit code for it. */
export function reportError(session: Session, error: unknown): number {
  if (error instanceof InputError) {
    say(session, 'error', error.message);
    return exitCodes.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  say(session, 'error', `something went wrong inside samplewire: ${message}`);
  if (error instanceof Error && (session.environment['SAMPLEWIRE_DEBUG'] ?? '') !== '')
    note(session, error.stack ?? '');
  return exitCodes.failed;
}

/** Lines for a person on stderr, in red or yellow where there are colours. */
export function say(session: Session, tone: 'error' | 'warning', message: string): void {
  const chalk = new Chalk({ level: colourLevel(session.environment, 'stderr') });
  const label = tone === 'error' ? chalk.red.bold('error:') : chalk.yellow.bold('warning:');
  // Of several faults each has its label; what belongs to one is indented.
  for (const line of printable(message).split('\n')) note(session, line.startsWith(' ') ? line : `${label} ${line}`);
}

/** A line on stderr. */
export function note(session: Session, line: string): void {
  if (session.stopReason !== 'closed') session.stderr.write(`${line}\n`);
}
