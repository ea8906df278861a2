import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const running = new Set();

/** Ends whatever is still running, for a clean stop on Ctrl-C. */
export function stopCommands() {
  for (const child of running) child.kill('SIGTERM');
}

/** Whether `command` can be started at all, for example `works('make', ['--version'])`. */
export function works(command, args) {
  const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
  return error === undefined && status === 0;
}

/**
 * Runs a command to its end and gives its exit status and output. With `show` the person sees the output as it
 * comes; with `log` a copy goes to that file.
 */
export function runCommand(command, args, { cwd, env = process.env, show = false, log } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    running.add(child);
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
        if (show) process[name].write(text);
        if (log !== undefined) appendFileSync(log, text);
      });
    }
    const settle = (status) => {
      running.delete(child);
      resolve({ status, ...output });
    };
    child.on('error', (error) => {
      output.stderr += error.message;
      settle(127);
    });
    child.on('close', (code) => settle(code ?? 1));
  });
}

/** The last lines of a command's output, indented, to stand under an error's sentence. */
export function tail({ stdout, stderr }, lines = 12) {
  const text = `${stdout}\n${stderr}`.trim();
  return text
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n');
}
