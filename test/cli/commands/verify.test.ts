import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.js';
import { FakeOutput, fakeSession } from '../fake-session.js';

const fixture = fileURLToPath(new URL('../../fixtures/parity/dit-ar', import.meta.url));

it('shows what backends gave before somebody stopped one that hangs', async () => {
  const session = fakeSession();
  const stderr = new FakeOutput(true);
  Object.defineProperty(session, 'stderr', { value: stderr });
  stderr.on('data', (text: Buffer) => {
    if (text.includes('verifying on onnx-webgpu')) session.interrupt();
  });
  expect(await runProgram(['verify', fixture, '--backend', 'all'], session)).toBe(130);
  expect(session.stdout.text).toMatch(/^case +tolerance +onnx\ndit-ar: .* \d\.\de-\d\n/);
});
