export * from '../../src/testing/oracle.js';
