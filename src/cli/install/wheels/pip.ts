import { runChild, works, type ChildOptions, type ChildOutcome } from '../child.js';
import type { Wheel } from './wheel.js';

type Command = readonly [string, ...string[]];

const candidates: readonly Command[] = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

/** The command that starts pip; `undefined` where there is none. */
export async function findPip(options: ChildOptions): Promise<Command | undefined> {
  for (const command of candidates) {
    if (await works([...command, '--version'], options)) return command;
  }
  return undefined;
}

/** The package index that pip is configured with, `undefined` where that is the usual one. */
export async function configuredIndex(pip: Command, options: ChildOptions): Promise<string | undefined> {
  const { status, stdout } = await runChild([...pip, 'config', 'get', 'global.index-url'], options);
  const address = stdout.trim();
  return status === 0 && address !== '' ? address : undefined;
}

/** What makes pip download the file that is wanted, whatever Python runs it. */
export const downloadWords = ({ distribution, version }: Wheel, folder: string): readonly string[] => [
  ...['download', `${distribution}==${version}`, '--dest', folder, '--no-deps', '--only-binary=:all:'],
  ...['--implementation', 'cp', '--python-version', '3.10', '--abi', 'cp310'],
  ...['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'].flatMap((name) => ['--platform', name]),
];

export const pipDownload = (pip: Command, wheel: Wheel, folder: string, options: ChildOptions): Promise<ChildOutcome> =>
  runChild(
    [...pip, ...downloadWords(wheel, folder), '--no-cache-dir', '--disable-pip-version-check', '--no-input'],
    options,
  );
