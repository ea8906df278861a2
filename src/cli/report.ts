import { Chalk } from 'chalk';
import { InputError } from '../graph/input-error.js';
import { exitCodes } from './exit-code.js';
import { write, type Session } from './session.js';
import { colourLevel } from './terminal/colours.js';
import { printable } from '../graph/visible.js';

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
  for (const line of printable(message).split('\n')) tell(session, line.startsWith(' ') ? line : `${label} ${line}`);
}

/** A line on stderr. What names and messages hold steers no terminal. */
export function note(session: Session, line: string): void {
  tell(session, printable(line));
}

/** Text for a person on stdout: what names and messages hold steers no terminal, nor what reads the text from a pipe. */
export const print = (session: Session, text: string): Promise<void> => write(session, printable(text));

function tell(session: Session, line: string): void {
  if (session.stopReason !== 'closed') session.stderr.write(`${line}\n`);
}
