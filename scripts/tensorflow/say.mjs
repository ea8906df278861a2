/** One sentence for the person at the terminal: a missing tool, a failed download. Never shown with a stack trace. */
export class InstallError extends Error {
  name = 'InstallError';
}

export function say(line) {
  process.stdout.write(`${line}\n`);
}
