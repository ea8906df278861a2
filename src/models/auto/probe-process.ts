import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { probeRequest, type ProbeMessage } from './probe-report.js';
import { runProbe } from './run-probe.js';

/** The process of a probe: what it is asked comes as an argument, and what it finds goes to whoever started it. */

const send = (message: ProbeMessage): Promise<void> =>
  new Promise((resolve) => {
    // Where nobody listens any more, nobody needs the rest.
    if (process.send?.(message, undefined, undefined, () => resolve()) === undefined) process.exit();
  });

// Ctrl-C reaches every process of a terminal: whoever started this one ends it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

const request = probeRequest.parse(JSON.parse(process.argv[2] ?? ''));
try {
  await runProbe(request, send);
  await send({ kind: 'done' });
} catch (error) {
  const [reason = ''] = messageOf(error).split('\n', 1);
  await send({ kind: error instanceof InputError ? 'missing' : 'failed', reason });
}
process.exit();
