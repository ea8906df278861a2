export * from '../../src/testing/chi-square.js';
