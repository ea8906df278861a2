export const PACKAGE = '@tensorflow/tfjs-node-gpu';
export const PACKAGE_VERSION = '4.22.0';
export const LIBRARY_VERSION = '2.15.1';

/**
 * Where libtensorflow comes from. Sizes in megabytes (10^6 bytes): `download` is the wheel, `disk` everything that is
 * on the disk at the fullest moment (wheel, libraries, npm packages, compiler output).
 */
export const VARIANTS = {
  cpu: { distribution: 'tensorflow-cpu', download: 207, disk: 1250 },
  cuda: { distribution: 'tensorflow', download: 475, disk: 2000 },
};
