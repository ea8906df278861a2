import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verifyCheckpoint } from '../../src/models/verify.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));

// A file of its own: the tensor library knows one active backend in a process.
it.each(['blockgen-absorb-causal', 'blockgen-uniform-noadaln'])('agrees with the reference on %s without WASM', async (folder) => {
  const { cases } = await verifyCheckpoint(`${parity}${folder}`, { backend: 'cpu' });
  expect(cases.filter(({ passed }) => !passed)).toEqual([]);
});
