export * from '../../src/testing/table-denoiser.js';
