import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verifyCheckpoint } from '../../src/models/verify.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));

// A file of its own, since it is slow and files run side by side.
it.each(['blockgen-absorb-causal', 'blockgen-uniform-noadaln'])(
  'agrees with the reference on %s without WASM',
  async (folder) => {
    const { cases } = await verifyCheckpoint(`${parity}${folder}`, { backend: 'cpu' });
    expect(cases.filter(({ passed }) => !passed)).toEqual([]);
  },
);
