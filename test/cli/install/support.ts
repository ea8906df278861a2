import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { installTensorflow, type Ground, type TensorflowOptions } from '../../../src/cli/install/tensorflow/install.js';
import type { Wheel } from '../../../src/cli/install/wheels/wheel.js';
import { runProgram } from '../../../src/cli/program.js';
import { sha256 } from '../../support/hub-server.js';
import { fakeSession, type FakeSession } from '../fake-session.js';
import { FakeIndex } from './index-server.js';
import { zipOf } from './zip-writer.js';

/** Bytes that do not pack, longer than what a socket sends at once. */
const noise = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 0xff));

const wheelOf = (distribution: string, content: Buffer, more: Partial<Wheel> = {}): Wheel => ({
  distribution,
  version: '1.0',
  filename: `${distribution.replaceAll('-', '_')}-1.0-py3-none-any.whl`,
  size: content.length,
  sha256: sha256(content),
  unpacked: 300_000,
  placeOf: (entry) => (entry.startsWith('wanted/') ? entry.slice('wanted/'.length) : undefined),
  ...more,
});

export const contents = {
  library: zipOf({
    'wanted/lib/libtensorflow_cc.so.2': { content: noise(300_000), stored: true },
    'wanted/lib/libtensorflow_framework.so.2': Buffer.from('framework'),
    'wanted/include/tensorflow/c/c_api.h': Buffer.from('// C'),
    'python/part.py': Buffer.from('print()'),
  }),
  cuda: zipOf({ 'wanted/nvidia/cudart/lib/libcudart.so': Buffer.from('cudart') }),
};

export const library = wheelOf('fake-library', contents.library);
export const cuda = wheelOf('fake-cuda', contents.cuda);

const node = (...lines: readonly string[]): string => `#!${process.execPath}\n${lines.join('\n')}\n`;

const modules = resolve(import.meta.dirname, '../../../node_modules');

/** A tensor library that computes in JavaScript and pretends to be the one that is built. */
const fakePackage = node(
  `const { existsSync } = require('fs'), { join } = require('path');`,
  `for (const part of ['lib/napi-v8/tfjs_binding.node', 'deps/lib/libtensorflow_cc.so.2'])`,
  `  if (!existsSync(join(__dirname, part))) throw new Error(part + ' is missing');`,
  `const tf = require('@tensorflow/tfjs');`,
  `const { MathBackendCPU } = require(${JSON.stringify(join(modules, '@tensorflow/tfjs-backend-cpu'))});`,
  `for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' });`,
  `tf.registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), { binding: { TF_Version: '9.8.7' } }));`,
  `tf.setBackend('tensorflow');`,
).replace(/^#!.*\n/, '');

/** Stands for npm: puts the package where npm would. */
const fakeNpm = node(
  `const { mkdirSync, writeFileSync, appendFileSync } = require('fs'), { join } = require('path');`,
  `if (process.argv[2] === '--version') { console.log('10.0.0'); process.exit(); }`,
  `if (process.env.FAKE_NPM_FAILS) { console.error('npm error network ENOTFOUND'); process.exit(1); }`,
  `appendFileSync(process.env.FAKE_CALLS, 'npm ' + process.argv.slice(2).join(' ') + '\\n');`,
  `const put = (path, text) => { mkdirSync(join(path, '..'), { recursive: true }); writeFileSync(path, text); };`,
  `const home = 'node_modules/@tensorflow/tfjs-node-gpu';`,
  `put(join(home, 'package.json'), '{"main":"index.js"}');`,
  `put(join(home, 'index.js'), ${JSON.stringify(fakePackage)});`,
  `put('node_modules/@tensorflow/tfjs/index.js', 'module.exports = require(' + ${JSON.stringify(JSON.stringify(join(modules, '@tensorflow/tfjs')))} + ')');`,
  `put('package-lock.json', '{}');`,
);

/** Stands for the compiler: writes its output, or does what a variable says. */
const fakeCompiler = node(
  `const { writeFileSync, appendFileSync } = require('fs');`,
  `const words = process.argv.slice(2);`,
  `if (words[0] === '--version') process.exit();`,
  `appendFileSync(process.env.FAKE_CALLS, 'c++ ' + words.join(' ') + '\\n');`,
  `if (process.env.FAKE_COMPILER_FAILS) { for (let i = 0; i < 30; i++) console.error('error ' + i); process.exit(1); }`,
  `if (process.env.FAKE_COMPILER_WAITS) { writeFileSync(process.env.FAKE_COMPILER_WAITS, String(process.pid)); setInterval(() => {}, 1000); }`,
  `else writeFileSync(words[words.indexOf('-o') + 1], 'binding');`,
);

export interface Workplace {
  readonly index: FakeIndex;
  /** The folder of what the processor computes on. */
  readonly folder: string;
  /** Any file that belongs to this test. */
  readonly at: (...names: readonly string[]) => string;
  readonly environment: Record<string, string>;
  readonly ground: Ground;
  /** The children that did something, by what they were called with. */
  readonly calls: () => readonly string[];
  readonly addTool: (name: string, script: string) => void;
  readonly session: () => FakeSession;
  readonly install: (options?: Partial<TensorflowOptions>, ground?: Partial<Ground>) => Promise<Outcome>;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An index for all tests of a file; a cache, tools and an environment for each. */
export function useWorkplace(): Workplace {
  const place: { index?: FakeIndex; root?: string } = {};
  const environment: Record<string, string> = {};
  const here = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('outside a test');
    return value;
  };
  const at = (...names: readonly string[]): string => join(here(place.root), ...names);
  const addTool = (name: string, script: string): void => writeFileSync(at('tools', name), script, { mode: 0o755 });
  const ground: Ground = {
    variants: { cpu: [library], cuda: [library, cuda] },
    machine: { platform: 'linux', arch: 'x64', glibc: '2.36' },
    retryDelays: [1, 1],
  };
  beforeAll(async () => {
    place.index = await FakeIndex.start();
  });
  beforeEach(() => {
    const index = here(place.index);
    place.root = mkdtempSync(join(tmpdir(), 'samplewire-install-'));
    for (const name of Object.keys(environment)) Reflect.deleteProperty(environment, name);
    Object.assign(environment, {
      PATH: at('tools'),
      PIP_INDEX_URL: index.url,
      SAMPLEWIRE_CACHE: at('cache'),
      FAKE_CALLS: at('calls'),
    });
    mkdirSync(at('tools'));
    addTool('npm', fakeNpm);
    addTool('g++', fakeCompiler);
    index.projects.clear();
    index.projects.set('fake-library', { [library.filename]: contents.library });
    index.projects.set('fake-cuda', { 'other.whl': Buffer.from('other'), [cuda.filename]: contents.cuda });
    Object.assign(index, { faults: [], pages: 'json', password: undefined });
    index.taken();
  });
  afterEach(() => rmSync(here(place.root), { recursive: true, force: true }));
  afterAll(() => here(place.index).stop());
  const session = (): FakeSession => fakeSession({ environment });
  return {
    get index() {
      return here(place.index);
    },
    get folder() {
      return at('cache', 'tensorflow', 'cpu');
    },
    at,
    environment,
    ground,
    addTool,
    session,
    calls: () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []),
    install: (options, others) => outcomeOf(session(), options, { ...ground, ...others }),
  };
}

/** Runs the installation as the command line does, down to what a person is told. */
export async function outcomeOf(
  session: FakeSession,
  options: Partial<TensorflowOptions> = {},
  ground: Ground,
): Promise<Outcome> {
  const code = await installTensorflow(session, { variant: 'cpu', wheels: [], force: false, ...options }, ground).catch(
    (error: unknown) => {
      session.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
      return -1;
    },
  );
  return { code, out: session.stdout.text, err: session.stderr.text };
}

/** The whole command line, where nothing is built. */
export async function samplewire(...words: readonly string[]): Promise<Outcome> {
  const session = fakeSession();
  const code = await runProgram(words, session);
  return { code, out: session.stdout.text, err: session.stderr.text };
}
