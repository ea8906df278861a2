import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contents, library, useWorkplace } from './support.js';

const place = useWorkplace();

/** What a person is told, of an installation that asked nothing of the network and changed nothing. */
async function refusedAtOnce(...given: Parameters<typeof place.install>): Promise<string> {
  const { code, out, err } = await place.install(...given);
  expect({ code, out }).toEqual({ code: -1, out: '' });
  expect(place.index.requests).toEqual([]);
  expect(place.calls()).toEqual([]);
  expect(existsSync(join(place.folder, 'installed.json'))).toBe(false);
  return err;
}

describe('before anything is downloaded', () => {
  it.each([
    [{ platform: 'darwin', arch: 'arm64', glibc: undefined }, 'darwin on arm64'],
    [{ platform: 'linux', arch: 'arm64', glibc: '2.36' }, 'linux on arm64'],
    [{ platform: 'linux', arch: 'x64', glibc: undefined }, 'Linux without the GNU C library'],
  ])('%j is told what else there is', async (machine, name) => {
    const err = await refusedAtOnce({}, { machine });
    expect(err).toContain(`Linux on x64 only, and this machine is ${name}`);
    expect(err).toMatch(/onnx-webgpu or webgpu .* wasm .*@tensorflow\/tfjs-node/);
    expect(existsSync(place.folder)).toBe(false);
  });

  it('all missing tools are named, with the way to get them', async () => {
    rmSync(place.at('tools'), { recursive: true });
    expect(await refusedAtOnce()).toMatch(/compiler is missing: "apt-get install g\+\+".*\nnpm is missing/);
  });

  it('the compiler may have another name', async () => {
    rmSync(place.at('tools', 'g++'));
    expect(await refusedAtOnce()).toMatch(/compiler is missing/);
    place.addTool('clang++', '#!/bin/sh\nexit 0\n');
    expect(await refusedAtOnce({}, huge)).toMatch(/free, and this needs/);
    place.environment['CXX'] = 'ccache nonesuch';
    expect(await refusedAtOnce()).toMatch(/compiler is missing \(CXX names ccache nonesuch/);
    place.addTool('ccache', '#!/bin/sh\ntest "$1" = nonesuch\n');
    expect(await refusedAtOnce({}, huge)).toMatch(/free, and this needs/);
  });

  const huge = { variants: { cpu: [{ ...library, unpacked: 1e18 }], cuda: [] } };

  it('the room on the disk is looked at', async () => {
    expect(await refusedAtOnce({}, huge)).toMatch(/ free, and this needs .*: make room; SAMPLEWIRE_CACHE names/);
  });

  it('a folder with something else in it is left alone', async () => {
    const folder = place.at('project');
    place.environment['SAMPLEWIRE_TENSORFLOW'] = folder;
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{"name":"mine"}');
    expect(await refusedAtOnce()).toMatch(/project holds something else \(package\.json\)/);
    rmSync(join(folder, 'package.json'));
    mkdirSync(join(folder, 'src'));
    expect(await refusedAtOnce()).toMatch(/project holds something else \(src\).*new or empty/);
    expect(readdirSync(folder)).toEqual(['src']);
  });

  it('a folder that cannot be made is told of', async () => {
    writeFileSync(place.at('cache'), 'a file');
    expect(await refusedAtOnce()).toMatch(/cache.tensorflow.cpu cannot be used.*SAMPLEWIRE_CACHE names another/);
  });

  it.each([
    ['is not there', () => place.at('none.whl'), /There is no wheel at .*none\.whl/],
    [
      'is another',
      () => file('other.whl', contents.library),
      /is none of the wheels that are needed:\n {4}fake_library-1/,
    ],
    ['is in a folder of others', () => place.at('tools'), /holds none of the wheels/],
    [
      'is torn',
      () => file(library.filename, Buffer.from('torn')),
      /is not what it is called: fake-library 1\.0 has \d+ bytes/,
    ],
  ])('a wheel that %s is told of', async (_, path, message) => {
    expect(await refusedAtOnce({ wheels: [path()] })).toMatch(message);
  });

  function file(name: string, content: Buffer): string {
    writeFileSync(place.at(name), content);
    return place.at(name);
  }
});

describe('a failure on the way', () => {
  it('of npm has its words', async () => {
    place.environment['FAKE_NPM_FAILS'] = '1';
    const { code, err } = await place.install();
    expect(code).toBe(-1);
    expect(err).toMatch(
      /npm could not install @tensorflow\/tfjs-node-gpu 4\.22\.0\..*install\.log\.\n {4}npm error network/,
    );
  });

  it('of the library that was built leaves nothing to be found', async () => {
    const lacking = { ...library, placeOf: (entry: string) => (entry.endsWith('.h') ? entry : undefined) };
    const { code, err } = await place.install({}, { variants: { cpu: [lacking], cuda: [] } });
    expect(code).toBe(-1);
    expect(err).toMatch(/does not compute\.\n {4}[^]*libtensorflow_cc\.so\.2 is missing/);
    expect(readdirSync(place.folder)).not.toContain('installed.json');
  });
});
