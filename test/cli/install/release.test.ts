import { describe, expect, it } from 'vitest';
import { release, variants } from '../../../src/cli/install/tensorflow/release.js';
import { totalOf } from '../../../src/cli/install/wheels/wheel.js';

const all = [...variants.cpu, ...variants.cuda];
const [cpu] = variants.cpu;

/** Where a file of any of NVIDIA's wheels goes. */
const placesOf = (entry: string): readonly string[] =>
  variants.cuda.slice(1).flatMap(({ placeOf }) => placeOf(entry) ?? []);

describe('the wheels of a release', () => {
  it('have names, sizes and checksums of their own', () => {
    expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(all.length);
    for (const { filename, distribution, version, sha256, size, unpacked } of all) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(filename.startsWith(`${distribution.replaceAll('-', '_')}-${version}-`)).toBe(true);
      expect(filename).toMatch(/(x86_64)\.whl$/);
      expect(unpacked).toBeGreaterThan(size / 2);
    }
  });

  it('give the library, its headers, and nothing of Python', () => {
    const place = (entry: string): string | undefined => cpu?.placeOf(entry);
    expect(place('tensorflow/libtensorflow_cc.so.2')).toBe('lib/libtensorflow_cc.so.2');
    expect(place('tensorflow/libtensorflow_framework.so.2')).toBe('lib/libtensorflow_framework.so.2');
    expect(place('tensorflow/include/tensorflow/c/eager/c_api.h')).toBe('include/tensorflow/c/eager/c_api.h');
    expect(place('tensorflow/include/tsl/platform/ctstring.h')).toBe('include/tsl/platform/ctstring.h');
    expect(place('tensorflow/include/tensorflow/core/kernels/x.h')).toBeUndefined();
    expect(place('tensorflow/python/_pywrap_tfe.so')).toBeUndefined();
  });

  // The RUNPATH of libtensorflow_framework.so.2, and what it opens by name.
  it.each([
    ['cuda_runtime', 'libcudart.so.12'],
    ['cublas', 'libcublas.so.12'],
    ['cublas', 'libcublasLt.so.12'],
    ['cufft', 'libcufft.so.11'],
    ['cusolver', 'libcusolver.so.11'],
    ['cusparse', 'libcusparse.so.12'],
    ['cudnn', 'libcudnn.so.8'],
    // Of cuDNN and cuSPARSE.
    ['cudnn', 'libcudnn_cnn_infer.so.8'],
    ['nvjitlink', 'libnvJitLink.so.12'],
  ])('put %s/lib/%s where libtensorflow looks for it', (folder, file) => {
    expect(placesOf(`nvidia/${folder}/lib/${file}`)).toContain(`nvidia/${folder}/lib/${file}`);
    expect(placesOf(`nvidia/${folder}/include/${file}`)).toEqual([]);
  });

  it('put NVRTC where cuDNN looks for it', () => {
    expect(placesOf('nvidia/cuda_nvrtc/lib/libnvrtc.so.12')).toContain('nvidia/nvrtc/lib/libnvrtc.so.12');
  });

  it('are announced at sizes that are about right', () => {
    expect(totalOf(variants.cpu, 'size') / 1e6).toBeCloseTo(207, 0);
    expect(totalOf(variants.cuda, 'size') / 1e9).toBeCloseTo(2.1, 1);
    expect((totalOf(variants.cuda, 'unpacked') + release.packages) / 1e9).toBeCloseTo(3.8, 1);
  });
});
