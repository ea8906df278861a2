import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'samplewire-outside-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A checkpoint with a pipe in the place of one of its files. */
function checkpointWithPipe(name: string): string {
  const model = join(folder, name, 'absorb');
  cpSync('test/fixtures/parity/blockgen-absorb-causal', model, { recursive: true });
  rmSync(join(model, name), { force: true });
  execFileSync('mkfifo', [join(model, name)]);
  return model;
}

it.skipIf(process.platform === 'win32')(
  'commands refuse pipes, devices and large files at once',
  async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const large = join(folder, 'large');
    writeFileSync(large, '');
    truncateSync(large, 2 ** 40);
    const config = checkpointWithPipe('config.json');
    const tokenizer = checkpointWithPipe('tokenizer.json');
    const weights = checkpointWithPipe('model.safetensors');
    const cases: readonly (readonly [words: readonly string[], message: string])[] = [
      [
        ['run', 'edit', '--source-file', pipe],
        `--source-file ${pipe} is a pipe; a text to start from must be a regular file.`,
      ],
      [['run', 'edit', '--source-file', '/dev/zero'], '--source-file /dev/zero is a device; '],
      [
        ['run', 'edit', '--source-file', large],
        `--source-file ${large} has ${2 ** 40} bytes; a text to start from may have 1000000 at most.`,
      ],
      [['compare', 'ar', 'arpc', '--prompts', pipe], `--prompts ${pipe} is a pipe; `],
      [['run', 'arpc', '--model', config], `${config}/config.json is a pipe; `],
      [['run', 'arpc', '--model', tokenizer], `${tokenizer}/tokenizer.json is a pipe; `],
      [['run', 'arpc', '--model', weights], `${weights}/model.safetensors is a pipe; `],
      [
        ['train', pipe, '--backend', 'cpu', '--process', 'absorbing', '--out', join(folder, 'out')],
        `${pipe} is a pipe; `,
      ],
    ];
    // A process of its own, which can be killed where it waits.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--import',
        './scripts/typescript.mjs',
        'test/cli/support/run-each.ts',
        JSON.stringify(cases.map(([words]) => words)),
      ],
      { timeout: 60_000, killSignal: 'SIGKILL' },
    );
    const ends = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(ends).toEqual(cases.map(([, message]) => ({ code: 2, stderr: expect.stringContaining(message) })));
  },
  70_000,
);
