// Verifies folders on one backend (its argument, see verify-message.ts) and tells of each by a message: verify-each.ts.
import { messageOf } from '../graph/message-of.js';
import { serveProcess } from './process/serve.js';
import { verifyCheckpoint } from './verify.js';
import { verifyRequest, type VerifyMessage } from './verify-message.js';

await serveProcess(async (request, send) => {
  const tell = (message: VerifyMessage): Promise<void> => send(message);
  const { folders, ...options } = verifyRequest.parse(request);
  for (const [folder, path] of folders.entries()) {
    try {
      const { cases } = await verifyCheckpoint(path, options);
      await tell({ folder, differences: cases.map(({ difference }) => difference), reason: null });
    } catch (error) {
      await tell({ folder, differences: null, reason: messageOf(error) });
    }
  }
});
