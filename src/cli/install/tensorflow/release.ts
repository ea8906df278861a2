import type { Wheel } from '../wheels/wheel.js';

/** The npm package, and what it is built over. */
export const release = {
  package: '@tensorflow/tfjs-node-gpu',
  version: '4.22.0',
  /** Of libtensorflow. */
  library: '2.15.1',
  /** Node's own package of the headers of Node-API: the binding is made of that alone, so that one build runs on every Node. */
  headers: 'node-api-headers',
  headersVersion: '1.9.0',
  /** Bytes of the npm packages on the disk, about. */
  packages: 320e6,
} as const;

/** With and without support for NVIDIA GPUs. */
export type VariantName = 'cpu' | 'cuda';

export type Variants = Readonly<Record<VariantName, readonly Wheel[]>>;

const libraries = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/;
const headers = /^tensorflow\/(include\/(?:tensorflow\/(?:c|core\/platform)|tsl)\/.*)$/;

/** libtensorflow's libraries and the headers of its C API; the rest of the wheel is Python's. */
function libraryPlace(entry: string): string | undefined {
  const library = libraries.exec(entry)?.[1];
  return library === undefined ? headers.exec(entry)?.[1] : `lib/${library}`;
}

const tensorflow = (file: Pick<Wheel, 'distribution' | 'size' | 'sha256' | 'unpacked'>): Wheel => ({
  ...file,
  version: release.library,
  filename: `${file.distribution.replaceAll('-', '_')}-${release.library}-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
  placeOf: libraryPlace,
});

/**
 * A wheel of NVIDIA's with some of its files, which go to `nvidia/<folder>`. libtensorflow_framework looks for them there, beside
 * its own folder (its RUNPATH), and they look for each other likewise: no LD_LIBRARY_PATH is needed.
 */
function nvidia(
  name: string,
  version: string,
  size: number,
  sha256: string,
  unpacked: number,
  files: RegExp,
  folder = name.replaceAll('-', '_'),
): Wheel {
  const distribution = `nvidia-${name}-cu12`;
  return {
    distribution,
    version,
    filename: `${distribution.replaceAll('-', '_')}-${version}-py3-none-manylinux1_x86_64.whl`,
    size,
    sha256,
    unpacked,
    placeOf: (entry) => {
      const inside = /^nvidia\/[^/]+\/(.*)$/.exec(entry)?.[1];
      return inside !== undefined && files.test(inside) ? `nvidia/${folder}/${inside}` : undefined;
    },
  };
}

/**
 * Files of the package index with their checksums, and of NVIDIA's those versions that tensorflow 2.15.1 names in its metadata
 * (extra `and-cuda`): CUDA 12.2 and cuDNN 8.9.4. Left out of that list are NCCL (several GPUs), CUPTI (profiling) and cuRAND, which
 * eager operations on one GPU do not load.
 */
export const variants: Variants = {
  cpu: [
    tensorflow({
      distribution: 'tensorflow-cpu',
      size: 207_165_286,
      sha256: 'ba9503db2c5357ea21938555323581fbdabf3d051b6bc1b5f73c5b0ae034d077',
      unpacked: 617_698_336,
    }),
  ],
  cuda: [
    tensorflow({
      distribution: 'tensorflow',
      size: 475_215_357,
      sha256: 'ea290e435464cf0794f657b48786e5fa413362abe55ed771c172c25980d070ce',
      unpacked: 1_033_787_077,
    }),
    nvidia(
      'cuda-runtime',
      '12.2.140',
      845_802,
      'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41',
      683_360,
      /^lib\/libcudart\.so/,
    ),
    nvidia(
      'cublas',
      '12.2.5.6',
      417_825_305,
      'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0',
      632_519_040,
      /^lib\/libcublas(Lt)?\.so/,
    ),
    nvidia(
      'cufft',
      '11.0.8.103',
      98_570_970,
      '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67',
      178_387_496,
      /^lib\/libcufft\.so/,
    ),
    nvidia(
      'cusolver',
      '11.5.2.141',
      124_890_758,
      '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da',
      115_599_888,
      /^lib\/libcusolver\.so/,
    ),
    nvidia(
      'cusparse',
      '12.1.2.141',
      195_268_625,
      '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126',
      263_844_496,
      /^lib\/libcusparse\.so/,
    ),
    nvidia(
      'nvjitlink',
      '12.2.140',
      20_177_273,
      '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9',
      49_621_536,
      /^lib\/libnvJitLink\.so/,
    ),
    nvidia(
      'cudnn',
      '8.9.4.25',
      720_096_787,
      '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723',
      1_162_692_696,
      /^lib\/libcudnn/,
    ),
    // cuDNN looks for it in a folder of another name than its wheel's.
    nvidia(
      'cuda-nvrtc',
      '12.2.140',
      23_430_053,
      'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7',
      60_485_840,
      /^lib\/libnvrtc/,
      'nvrtc',
    ),
    // For kernels that libtensorflow compiles while it runs.
    nvidia(
      'cuda-nvcc',
      '12.2.140',
      21_319_729,
      'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27',
      26_234_488,
      /^(bin\/ptxas|nvvm\/libdevice\/)/,
    ),
  ],
};
