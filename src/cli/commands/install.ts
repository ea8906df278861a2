import type { Command } from 'commander';
import { installTensorflow } from '../install/tensorflow/install.js';
import { release, variants } from '../install/tensorflow/release.js';
import { totalOf } from '../install/wheels/wheel.js';
import type { Session } from '../session.js';
import { sizeOf } from '../size.js';
import { collect } from '../collect.js';
import type { Finish } from './command.js';

interface TensorflowFlags {
  readonly cuda?: boolean;
  readonly wheel?: readonly string[];
  readonly force?: boolean;
}

export function addInstallCommand(program: Command, session: Session, finish: Finish): void {
  const command = program
    .command('install')
    .summary('build what npm alone does not bring')
    .description('Builds what npm alone does not bring, once for all projects of a user.');
  const [cpu, cuda] = [sizeOf(totalOf(variants.cpu, 'size')), sizeOf(totalOf(variants.cuda, 'size'))];
  const disk = (wheels: typeof variants.cpu): string => sizeOf(totalOf(wheels, 'unpacked') + release.packages);
  command
    .command('tensorflow')
    .summary('TensorFlow: for training, and for NVIDIA cards')
    .description(
      `Builds ${release.package} ${release.version} over libtensorflow ${release.library} (Linux on x64), for --backend tensorflow. Needs a ` +
        `C++ compiler, and downloads ${cpu} (${disk(variants.cpu)} of disk), or ${cuda} (${disk(variants.cuda)}) with --cuda. Goes to ` +
        'samplewire/tensorflow among the caches of the user (SAMPLEWIRE_CACHE names another folder for them), where every ' +
        'project finds it, or to the folder that SAMPLEWIRE_TENSORFLOW names. An interrupted installation goes on at the next call.',
    )
    .option('--cuda', 'with CUDA 12.2 and cuDNN 8.9, for NVIDIA cards with a driver from 525.60.13 on')
    .option(
      '--wheel <path>',
      'a wheel that is here already, or a folder with some; may be given several times',
      collect,
    )
    .option('--force', 'build it even where it is there and works')
    .addHelpText(
      'after',
      `
Examples:
  samplewire install tensorflow
  samplewire install tensorflow --cuda
  SAMPLEWIRE_TENSORFLOW=/opt/tensorflow samplewire install tensorflow --wheel ${variants.cpu.map(({ filename }) => filename).join('')}

The wheels come from the package index that PIP_INDEX_URL or pip's settings name, or else from PyPI, and are removed in the end.`,
    )
    .action(async ({ cuda = false, wheel = [], force = false }: TensorflowFlags) =>
      finish(await installTensorflow(session, { variant: cuda ? 'cuda' : 'cpu', wheels: wheel, force })),
    );
}
