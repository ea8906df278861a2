#!/usr/bin/env node
import { runProgram } from './program.js';
import { reportError } from './report.js';
import { openSession } from './session.js';

const session = openSession(process);
const last = (error: unknown): void => {
  process.exit(reportError(session, error));
};
process.on('uncaughtException', last);
process.on('unhandledRejection', last);
const code = await runProgram(process.argv.slice(2), session);
// Output that could not be written has set it already.
process.exitCode ??= code;
