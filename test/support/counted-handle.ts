export * from '../../src/testing/counted-handle.js';
