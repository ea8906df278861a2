import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, tail } from './command.mjs';
import { nodeHeadersPrefix } from './requirements.mjs';
import { InstallError, say } from './say.mjs';
import { PACKAGE, PACKAGE_VERSION } from './variants.mjs';

const CHECK = join(dirname(fileURLToPath(import.meta.url)), 'check.cjs');

export const packageFolder = (folder) => join(folder, 'node_modules', ...PACKAGE.split('/'));

/** npm's settings for a package of its own: those that describe the surrounding project must not leak into it. */
function npmEnvironment(extra = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package_|lifecycle_|config_(local_prefix|prefix|global|workspace|ignore_scripts|omit|include))/i.test(
        name,
      ),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

function npm(folder, args, extra) {
  const options = { cwd: folder, env: npmEnvironment(extra), log: join(folder, 'build.log') };
  const script = process.env.npm_execpath;
  return script?.endsWith('.js')
    ? runCommand(process.execPath, [script, ...args], options)
    : runCommand('npm', args, options);
}

/** Installs the npm package into a project of its own under `folder`, without its install script and its download. */
export async function installPackage(folder) {
  say(`Installing ${PACKAGE} ${PACKAGE_VERSION} from npm...`);
  mkdirSync(folder, { recursive: true });
  const manifest = {
    private: true,
    description: 'The tensor library of samplewire, made by `npm run tensorflow`. Safe to delete.',
    scripts: { binding: `cd node_modules/${PACKAGE} && node-pre-gyp install --build-from-source` },
    dependencies: { [PACKAGE]: PACKAGE_VERSION },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const result = await npm(folder, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (result.status !== 0) {
    throw new InstallError(`npm could not install ${PACKAGE}: check the network.\n${tail(result)}`);
  }
}

/** Compiles the binding against what lies in the package's `deps`. */
export async function compileBinding(folder, python) {
  say('Compiling the binding...');
  const log = join(folder, 'build.log');
  rmSync(join(packageFolder(folder), 'lib'), { recursive: true, force: true });
  const prefix = process.env.npm_config_nodedir ?? nodeHeadersPrefix();
  const headers = prefix === undefined ? {} : { npm_config_nodedir: prefix };
  const result = await npm(folder, ['run', '--silent', 'binding'], { ...headers, npm_config_python: python });
  if (result.status !== 0) {
    throw new InstallError(`The binding did not compile; all of the compiler's words are in ${log}.\n${tail(result)}`);
  }
}

/** Really computes with what was built; gives `{ backend, library, gpu }`, or throws what went wrong. */
export async function checkBuild(folder) {
  const env = { TF_CPP_MIN_LOG_LEVEL: '3', ...process.env };
  const result = await runCommand(process.execPath, [CHECK, folder], { env });
  const line = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.status !== 0 || !line.startsWith('{')) {
    throw new InstallError(`The tensor library in ${folder} does not compute.\n${tail(result)}`);
  }
  return JSON.parse(line);
}
