// Tries one backend (its argument, see probe-report.ts) and tells what it finds: probe.ts.
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { serveProcess } from '../process/serve.js';
import { probeRequest, type ProbeMessage } from './probe-report.js';
import { runProbe } from './run-probe.js';

await serveProcess(async (request, send) => {
  const tell = (message: ProbeMessage): Promise<void> => send(message);
  try {
    await runProbe(probeRequest.parse(request), tell);
  } catch (error) {
    const reason = messageOf(error).replaceAll(/\s*\n\s*/g, ' ');
    await tell({ kind: error instanceof InputError ? 'missing' : 'failed', reason });
  }
  await tell({ kind: 'done' });
});
