// Stands in for src/models/verify-process.ts: what it does depends on the backend that it is given.
import { match, P } from 'ts-pattern';
import { verifyRequest, type VerifyMessage } from '../../../src/models/verify-message.js';

const { backend, folders } = verifyRequest.parse(JSON.parse(process.argv[2] ?? ''));

const tell = (message: VerifyMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });

await match(backend)
  .with('onnx', async () => {
    for (const folder of folders.keys()) await tell({ folder, differences: [folder, NaN], reason: null });
  })
  .with('webgpu', async () => {
    await tell({ folder: 0, differences: [1], reason: null });
    process.stderr.write('noise\nthe driver is gone\n');
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  })
  .with('tensorflow', async () => {
    for (const folder of folders.keys()) await tell({ folder, differences: null, reason: 'not installed' });
  })
  .with('wasm', () => new Promise((resolve) => setTimeout(resolve, 100_000)))
  .with(P._, () => Promise.resolve())
  .exhaustive();
process.exit();
