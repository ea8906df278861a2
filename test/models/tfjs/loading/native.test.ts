import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import { findTensorflow } from '../../../../src/models/tfjs/loading/find-tensorflow.js';
import { loadTensorflow } from '../../../../src/models/tfjs/loading/native.js';
import { pretendInstalled, pretendPackage, tensorLibraryMain } from '../../support/tensorflow-folders.js';

let folder: string;
const usual = Object.getOwnPropertyDescriptor(process, 'dlopen');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'samplewire-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  expect(Object.getOwnPropertyDescriptor(process, 'dlopen')).toEqual(usual);
});

/** What is said when the backend is looked for in this folder alone. */
async function refusal(named: string): Promise<string> {
  vi.stubEnv('SAMPLEWIRE_TENSORFLOW', named);
  const error: unknown = await loadTensorflow().catch((cause: unknown) => cause);
  if (!(error instanceof InputError)) throw new Error(`no InputError: ${String(error)}`);
  expect(error.message).not.toMatch(/\n|Require stack/);
  return error.message;
}

/** Code of a package that loads this native module. */
const loading = (module: string): string => `module.exports = require(${JSON.stringify(module)});`;

function nativeModule(source: string): string {
  const [code, built] = [join(folder, 'binding.c'), join(folder, 'binding.node')];
  writeFileSync(code, source);
  execFileSync('cc', ['-shared', '-fPIC', '-o', built, code]);
  return built;
}

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

describe('libtensorflow that is not there', () => {
  it('is a sentence with the command that brings it', async () => {
    expect(await refusal(join(folder, 'nowhere'))).toMatch(
      /not installed \(SAMPLEWIRE_TENSORFLOW names .*nowhere, which does not exist\): run `npx samplewire install tensorflow` once \(207 MB.*tfjs-node-gpu.*--backend wasm/,
    );
    expect(await refusal(folder)).toMatch(
      /not installed \(SAMPLEWIRE_TENSORFLOW names .*, which holds no finished installation\)/,
    );
  });
});

describe('a binding that does not load', () => {
  it('is one sentence without a stack when it throws', async () => {
    pretendInstalled(folder, "throw new Error('libtensorflow.so.2: cannot open shared object file\\n    at stack');");
    expect(await refusal(folder)).toMatch(
      /at .*tfjs-node-gpu does not load \(libtensorflow\.so\.2: cannot open shared object file\): .*`npx samplewire install tensorflow --force`\.$/,
    );
  });

  it('when the native module is missing', async () => {
    pretendInstalled(folder, "require('./lib/napi-v8/tfjs_binding.node');");
    expect(await refusal(folder)).toMatch(/does not load \(Cannot find module '.\/lib\/napi-v8\/tfjs_binding\.node'\)/);
  });

  it('when the native module is no library', async () => {
    const broken = join(folder, 'binding.node');
    writeFileSync(broken, 'no library');
    pretendInstalled(folder, loading(broken));
    expect(await refusal(folder)).toMatch(/does not load \(.*binding\.node: (file too short|invalid ELF header|.+)\)/);
  });

  it('when a library is cut short: an error, not the end of the process', async () => {
    pretendInstalled(folder, "throw new Error('the loader was asked')");
    const lib = join(folder, 'node_modules', '@tensorflow/tfjs-node-gpu', 'deps', 'lib');
    mkdirSync(lib, { recursive: true });
    const header = Buffer.alloc(64);
    header.write('7f454c460201', 'hex');
    header.writeBigUInt64LE(100n, 32);
    writeFileSync(join(lib, 'libtensorflow_cc.so.2'), header);
    expect(await refusal(folder)).toMatch(
      /does not load \(.*libtensorflow_cc\.so\.2 is cut short: it has 64 of 100 bytes\): install it again with/,
    );
  });

  it.runIf(hasCompiler())('when libtensorflow lacks what it calls: an error, not the end of the process', async () => {
    const module = nativeModule(
      'void TFE_OfAnotherVersion(void); void *napi_register_module_v1(void *env, void *exports) { TFE_OfAnotherVersion(); return exports; }',
    );
    pretendInstalled(folder, loading(module));
    expect(await refusal(folder)).toMatch(/does not load \(.*undefined symbol: TFE_OfAnotherVersion\)/);
  });

  it.runIf(hasCompiler())('when it was made for another Node: all lines of the reason as one', async () => {
    // The oldest kind of native module: it registers itself with the number of the interface it was made for.
    const module = nativeModule(`
      struct module { int version; unsigned flags; void *handle; const char *file; void *init; void *init2; const char *name; void *priv; void *link; };
      extern void node_module_register(void *);
      static void init(void) {}
      static struct module of_old = { 1, 0, 0, "binding.c", init, init, "binding", 0, 0 };
      __attribute__((constructor)) static void begin(void) { node_module_register(&of_old); }`);
    pretendInstalled(folder, loading(module));
    expect(await refusal(folder)).toMatch(/was compiled against a different Node\.js version.*NODE_MODULE_VERSION 1\./);
  });

  it('and the library is told to be silent and to keep all 32 bits, unless the environment says otherwise', async () => {
    const told = 'throw new Error([process.env.TF_CPP_MIN_LOG_LEVEL, process.env.NVIDIA_TF32_OVERRIDE].join())';
    vi.stubEnv('TF_CPP_MIN_LOG_LEVEL', undefined);
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', undefined);
    pretendInstalled(folder, told);
    expect(await refusal(folder)).toContain('(3,0)');
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', '1');
    pretendInstalled(folder, `${told};`);
    expect(await refusal(folder)).toContain('(3,1)');
  });

  it('when the package is not TensorFlow.js', async () => {
    pretendInstalled(folder, '');
    pretendPackage(folder, '@tensorflow/tfjs', 'module.exports = {};');
    expect(await refusal(folder)).toMatch(/does not load \(@tensorflow\/tfjs is not TensorFlow\.js\)/);
  });
});

describe('several installations', () => {
  const project = (): string => join(folder, 'project');
  beforeEach(() => {
    mkdirSync(project());
    vi.stubEnv('SAMPLEWIRE_CACHE', join(folder, 'cache'));
    vi.spyOn(process, 'cwd').mockReturnValue(project());
  });

  it('of which none loads are a line each, with what installs each again', async () => {
    pretendPackage(project(), '@tensorflow/tfjs-node-gpu', "throw new Error('broken')");
    pretendPackage(project(), '@tensorflow/tfjs', tensorLibraryMain);
    pretendInstalled(join(folder, 'cache', 'tensorflow', 'cuda'), "throw new Error('broken too')", { variant: 'cuda' });
    vi.stubEnv('SAMPLEWIRE_TENSORFLOW', undefined);
    const message = await loadTensorflow().then(
      () => 'loaded',
      (error: unknown) => (error instanceof InputError ? error.message : 'another error'),
    );
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/project.*\(broken\): .*npm rebuild @tensorflow\/tfjs-node-gpu --build-addon-from-source/),
      expect.stringMatching(/cuda.*\(broken too\): .*npx samplewire install tensorflow --cuda --force/),
    ]);
  });

  const installed = findTensorflow().candidates[0]?.entry;
  it.runIf(installed !== undefined)('are tried in order, and one that loads is taken, without a word', async () => {
    const warn = vi.spyOn(console, 'warn');
    const own = createRequire(import.meta.url).resolve('@tensorflow/tfjs');
    // As the package does where its binding is missing.
    pretendPackage(project(), '@tensorflow/tfjs-node-gpu', "require('@tensorflow/tfjs'); throw new Error('broken')");
    pretendPackage(project(), '@tensorflow/tfjs', loading(own));
    pretendInstalled(join(folder, 'cache', 'tensorflow', 'cpu'), loading(installed ?? ''));
    pretendPackage(
      join(folder, 'cache', 'tensorflow', 'cpu'),
      '@tensorflow/tfjs',
      loading(createRequire(installed ?? '').resolve('@tensorflow/tfjs')),
    );
    vi.stubEnv('SAMPLEWIRE_TENSORFLOW', undefined);
    const backend = await loadTensorflow();
    expect(backend).toMatchObject({ name: 'tensorflow', deviceName: expect.stringMatching(/./) });
    expect((backend.deviceName === 'CPU') === (backend.device === 'cpu')).toBe(true);
    expect(warn).not.toHaveBeenCalled();
    expect(backend.notes?.[0]).toMatch(/tfjs-node-gpu does not load \(broken\)/);
  });
});
