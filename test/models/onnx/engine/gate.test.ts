import { expect, it } from 'vitest';
import { Gate } from '../../../../src/models/onnx/engine/gate.js';

it('lets through until it is closed, and nobody afterwards', async () => {
  const gate = new Gate();
  const other = new Gate(gate.shared);
  expect(await gate.enter(() => Promise.resolve(5))).toBe(5);
  await expect(gate.enter(() => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  other.close(0);
  expect(gate.isClosed).toBe(true);
  let entered = false;
  const never = gate.enter(() => Promise.resolve((entered = true)));
  expect(await Promise.race([never, new Promise((resolve) => setTimeout(resolve, 10, 'waits'))])).toBe('waits');
  expect(entered).toBe(false);
  // Nobody is inside: this comes back at once, long before its patience ends.
  other.close(1e9);
});
