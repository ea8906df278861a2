// Verifies folders on one backend (its argument, see verify-message.ts) and tells of each by a message: verify-each.ts.
import { messageOf } from '../graph/message-of.js';
import { verifyCheckpoint } from './verify.js';
import { verifyRequest, type VerifyMessage } from './verify-message.js';

const { folders, ...options } = verifyRequest.parse(JSON.parse(process.argv[2] ?? ''));

const tell = (message: VerifyMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });

// Whoever started it decides when it ends.
process.on('SIGINT', () => undefined);
for (const [folder, path] of folders.entries()) {
  try {
    const { cases } = await verifyCheckpoint(path, options);
    await tell({ folder, differences: cases.map(({ difference }) => difference), reason: null });
  } catch (error) {
    await tell({ folder, differences: null, reason: messageOf(error) });
  }
}
// A device or a thread may keep the process alive.
process.exit();
