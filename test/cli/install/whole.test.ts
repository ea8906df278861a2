import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contents, cuda, library, outcomeOf, useWorkplace } from './support.js';

const place = useWorkplace();

const home = (folder: string, ...names: readonly string[]): string =>
  join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu', ...names);

describe('from nothing', () => {
  it('downloads, builds, checks, and says where it is', async () => {
    const { code, out, err } = await place.install();
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringMatching(/error/) });
    expect(err).toMatch(/^This downloads [\d.]+ kB of wheels and takes .* of disk in .*cpu, .* until it is done\.\n/);
    expect(err).toMatch(/by npm\n.*unpacking[^]*compiling[^]*checking/);
    expect(out).toContain(`is installed in ${place.folder}, over libtensorflow 9.8.7, computing on the CPU.\n`);
    expect(out).toMatch(/Every project of yours finds it there: --backend tensorflow\n$/);
    expect(readdirSync(place.folder).sort()).toEqual([
      'installed.json',
      'node_modules',
      'package-lock.json',
      'package.json',
    ]);
    expect(JSON.parse(readFileSync(join(place.folder, 'installed.json'), 'utf8'))).toMatchObject({
      package: '@tensorflow/tfjs-node-gpu',
      version: '4.22.0',
      library: '2.15.1',
      variant: 'cpu',
    });
    expect(readdirSync(home(place.folder, 'deps')).sort()).toEqual(['include', 'lib']);
    expect(readFileSync(home(place.folder, 'deps', 'lib', 'libtensorflow_cc.so.2')).length).toBe(300_000);
    const [npm, compiler, ...more] = place.calls();
    expect(npm).toMatch(/^npm install --ignore-scripts/);
    expect(compiler).toMatch(
      /-I deps\/include .*binding\/tfjs_backend\.cc .*libtensorflow_cc\.so\.2 .*-rpath,\$ORIGIN\/\.\.\/\.\.\/deps\/lib/,
    );
    expect(more).toEqual([]);
    expect(place.index.taken()).toEqual([{ range: undefined, sent: contents.library.length }]);

    const again = await place.install();
    expect(again).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/is there already/) });
    expect(place.index.taken()).toEqual([]);
    expect(place.calls()).toHaveLength(2);

    writeFileSync(home(place.folder, 'old'), '');
    const forced = await place.install({ force: true });
    expect(forced).toMatchObject({ code: 0, out: expect.stringMatching(/is installed/) });
    expect(place.calls()).toHaveLength(4);
    expect(existsSync(home(place.folder, 'old'))).toBe(false);
    expect(readdirSync(place.folder)).toHaveLength(4);
  });

  it('takes the folder that SAMPLEWIRE_TENSORFLOW names, with CUDA, from wheels that are here, and leaves those', async () => {
    const folder = place.at('named');
    place.environment['SAMPLEWIRE_TENSORFLOW'] = folder;
    mkdirSync(place.at('wheels'));
    const file = place.at(library.filename);
    writeFileSync(file, contents.library);
    writeFileSync(place.at('wheels', cuda.filename), contents.cuda);
    const { code, out, err } = await place.install({ variant: 'cuda', wheels: [file, place.at('wheels')] });
    expect({ code, requests: place.index.requests }).toEqual({ code: 0, requests: [] });
    expect(err).toMatch(/^This downloads npm packages only and takes/);
    expect(out).toMatch(/named, over .*\n.*driver, 525\.60\.13[^]*as long as SAMPLEWIRE_TENSORFLOW names/);
    expect(readFileSync(home(folder, 'deps', 'nvidia', 'cudart', 'lib', 'libcudart.so'), 'utf8')).toBe('cudart');
    expect(readFileSync(file).equals(contents.library)).toBe(true);
    // What is there is of the other kind.
    place.environment['FAKE_NPM_FAILS'] = '1';
    expect((await place.install({ variant: 'cpu' })).err).toMatch(/npm could not install/);
    expect((await place.install({ variant: 'cuda' })).out).toMatch(/is there already/);
  });

  it('builds once where two want it at once', async () => {
    const outcomes = await Promise.all([place.install(), place.install()]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(outcomes.filter(({ out }) => out.includes('is there already'))).toHaveLength(1);
    expect(outcomes.map(({ err }) => err).join('')).toContain('another process installs TensorFlow in');
    expect(place.calls()).toHaveLength(2);
  });
});

describe('what is there', () => {
  it('and does not compute is built again', async () => {
    mkdirSync(home(place.folder), { recursive: true });
    const mark = { package: '@tensorflow/tfjs-node-gpu', version: '4.22.0', library: '2.15.1', variant: 'cpu' };
    writeFileSync(join(place.folder, 'installed.json'), JSON.stringify(mark));
    writeFileSync(home(place.folder, 'index.js'), 'throw new Error("torn")');
    const { code, out, err } = await place.install();
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/is installed/) });
    expect(err).toMatch(/does not work any more, and is built again\.\n/);
  });

  it('stays and works while a build over it fails, and what failed is told', async () => {
    await place.install();
    place.environment['FAKE_COMPILER_FAILS'] = '1';
    const { code, err } = await place.install({ force: true });
    expect(code).toBe(-1);
    expect(err).toMatch(
      /does not compile \(g\+\+\); all of the compiler's words are in .*install\.log\.\n {4}error 18\n/,
    );
    expect(err).toMatch(/\n {4}error 29\n$/);
    expect(readFileSync(join(place.folder, 'install.log'), 'utf8')).toContain('error 0\n');
    expect(readdirSync(place.folder).filter((name) => name.startsWith('build-'))).toEqual([]);
    expect((await place.install()).out).toMatch(/is there already/);
    // The wheel is still here.
    Reflect.deleteProperty(place.environment, 'FAKE_COMPILER_FAILS');
    place.index.taken();
    expect(await place.install({ force: true })).toMatchObject({ code: 0 });
    expect(place.index.taken()).toEqual([]);
  });

  it('and was left by a process that was killed is cleared away', async () => {
    mkdirSync(join(place.folder, 'build-a1B2c3', 'node_modules', 'torn'), { recursive: true });
    mkdirSync(join(place.folder, 'download'), { recursive: true });
    writeFileSync(join(place.folder, 'install.lock'), '999999999 elsewhere-but-long-ago');
    utimesSync(join(place.folder, 'install.lock'), new Date(0), new Date(0));
    writeFileSync(
      join(place.folder, 'download', `${library.filename}.incomplete`),
      contents.library.subarray(0, 100_000),
    );
    const { code, err } = await place.install();
    expect(code).toBe(0);
    expect(err).toContain(`This downloads ${((contents.library.length - 100_000) / 1000).toFixed(1)} kB of wheels`);
    expect(place.index.taken().map(({ range }) => range)).toEqual(['bytes=100000-']);
    expect(readdirSync(place.folder).filter((name) => /build|download|lock/.test(name))).toEqual(['package-lock.json']);
  });
});

describe('Ctrl-C', () => {
  it('during the download leaves what has come', async () => {
    place.index.faults = [{ on: /files/, stallAfter: 150_000 }];
    const session = place.session();
    const pending = outcomeOf(session, {}, place.ground);
    const partial = join(place.folder, 'download', `${library.filename}.incomplete`);
    await until(() => sizeOf(partial) === 150_000);
    session.interrupt();
    const { code, err } = await pending;
    expect(code).toBe(130);
    expect(err).toMatch(/\nStopped\. The same command goes on from here\.\n$/);
    place.index.taken();
    expect(await place.install()).toMatchObject({ code: 0 });
    expect(place.index.taken().map(({ range }) => range)).toEqual(['bytes=150000-']);
  });

  it('ends the compiler', async () => {
    const file = place.at('compiler');
    place.environment['FAKE_COMPILER_WAITS'] = file;
    const session = place.session();
    const pending = outcomeOf(session, {}, place.ground);
    await until(() => (sizeOf(file) ?? 0) > 0);
    session.interrupt();
    expect(await pending).toMatchObject({ code: 130, err: expect.stringMatching(/Stopped\.[^\n]*\n$/) });
    const pid = Number(readFileSync(file, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(readdirSync(place.folder)).not.toContain('installed.json');
    expect(readdirSync(place.folder)).not.toContain('install.lock');
    expect(readdirSync(place.folder).filter((name) => name.startsWith('build-'))).toEqual([]);
  });
});

function sizeOf(path: string): number | undefined {
  try {
    return readFileSync(path).length;
  } catch {
    return undefined;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
