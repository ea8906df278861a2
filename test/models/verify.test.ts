import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verifyCheckpoint } from '../../src/models/verify.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const folders = readdirSync(parity, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('verifyCheckpoint', () => {
  it.each(folders)('agrees with the reference on %s', async (folder) => {
    const { cases } = await verifyCheckpoint(`${parity}${folder}`, { backend: 'wasm' });
    expect(cases.filter(({ passed }) => !passed)).toEqual([]);
  });
});
