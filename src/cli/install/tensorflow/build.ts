import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { lastLines, runChild, type ChildOptions } from '../child.js';
import { manifest } from './place.js';
import { release } from './release.js';
import type { Tools } from './requirements.js';

/** A child's options and the file that keeps all of its words. */
export type BuildOptions = ChildOptions & { readonly log: string };

export const packageFolder = (folder: string): string => join(folder, 'node_modules', ...release.package.split('/'));

/** Where the binding looks for libtensorflow. */
export const libraryFolder = (folder: string): string => join(packageFolder(folder), 'deps');

/** Installs the npm packages into a new project in `folder`, which is there and empty, without their install scripts: the package's own would download. */
export async function installPackages(folder: string, { npm }: Tools, options: BuildOptions): Promise<void> {
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const outcome = await runChild([...npm, ...words], {
    ...options,
    cwd: folder,
    environment: withoutProject(options.environment),
  });
  if (outcome.status === 0 && existsSync(packageFolder(folder))) return;
  throw new InputError(
    `npm could not install ${release.package} ${release.version}. Is there a network? All of npm's words are in ${options.log}.${lastLines(outcome)}`,
  );
}

/** What npm tells of the project that it runs this for must not reach the npm of another one. */
const withoutProject = (environment: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) =>
        !/^npm_(package_|lifecycle_|config_(local_prefix|prefix|global|workspace|ignore_scripts|omit|include))/i.test(
          name,
        ),
    ),
  );

/** The version of Node-API that the package asks for on each Node that is supported; it names the binding's folder. */
const nodeApi = 8;

/** Compiles the package's binding against the libtensorflow in its `deps`. */
export async function compileBinding(folder: string, { compiler }: Tools, options: BuildOptions): Promise<void> {
  const home = packageFolder(folder);
  const output = join(home, 'lib', `napi-v${String(nodeApi)}`, 'tfjs_binding.node');
  await mkdir(join(output, '..'), { recursive: true });
  const words = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${String(nodeApi)}`],
    ...[join(folder, 'node_modules', release.headers, 'include'), join('deps', 'include')].flatMap((path) => [
      '-I',
      path,
    ]),
    ...['tfjs_binding.cc', 'tfjs_backend.cc'].map((name) => join('binding', name)),
    ...['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) => join('deps', 'lib', name)),
    // Relative to the binding, so that the folder can be moved.
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ...['-o', output],
  ];
  const outcome = await runChild([...compiler, ...words], { ...options, cwd: home });
  if (outcome.status === 0 && existsSync(output)) return;
  throw new InputError(
    `The binding does not compile (${compiler.join(' ')}); all of the compiler's words are in ${options.log}.${lastLines(outcome)}`,
  );
}
