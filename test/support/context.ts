export * from '../../src/testing/context.js';
