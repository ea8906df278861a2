import { runProgram } from '../../../src/cli/program.js';
import { fakeSession } from '../fake-session.js';

/** Runs each of the command lines that the first argument holds as JSON, and writes code and stderr of each as a line of JSON. */
const lines: readonly (readonly string[])[] = JSON.parse(process.argv[2] ?? '[]');
for (const words of lines) {
  const session = fakeSession({ environment: { ...process.env } });
  const code = await runProgram(words, session);
  process.stdout.write(`${JSON.stringify({ code, stderr: session.stderr.text })}\n`);
}
