// A contestant's process: reads commands (see protocol.ts) on standard input and answers on standard output.
import { createInterface } from 'node:readline';
import { match } from 'ts-pattern';
import { messageOf } from '../../src/graph/message-of.js';
import { timed } from '../harness/rounds.js';
import { commandSchema, type Command, type ForwardCase } from './protocol.js';
import { openSubject, type OpenSubject } from './subject.js';

let subject: OpenSubject | null = null;
let prepared: { readonly key: string; readonly forward: () => Promise<unknown> } | null = null;

async function forwardAt(at: ForwardCase): Promise<() => Promise<unknown>> {
  if (subject === null) throw new Error('nothing is open');
  const key = JSON.stringify(at);
  if (prepared?.key !== key) prepared = { key, forward: await subject.prepare(at) };
  return prepared.forward;
}

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

const answer = (command: Command): Promise<unknown> =>
  match(command)
    .with({ do: 'open' }, async ({ what }) => {
      const bytesBefore = peakBytes();
      const began = performance.now();
      const opened = await openSubject(what);
      subject = opened;
      const milliseconds = performance.now() - began;
      const { device } = opened;
      return { milliseconds, bytesBefore, versions: {}, ...(device === undefined ? {} : { device }) };
    })
    .with({ do: 'forward' }, async ({ at, repeat, budget = Infinity }) => {
      const forward = await forwardAt(at);
      await forward();
      const milliseconds: number[] = [];
      for (let spent = 0; milliseconds.length < repeat && spent < budget;) {
        const each = await timed(forward);
        milliseconds.push(each);
        spent += each;
      }
      return { milliseconds };
    })
    .with({ do: 'run' }, ({ pipeline, ...size }) => {
      prepared = null;
      return subject?.run?.(pipeline, size) ?? Promise.reject(new Error('what is open does not decode'));
    })
    .with(
      { do: 'rates' },
      ({ numbers, quick }) => subject?.rates?.(numbers, quick) ?? Promise.reject(new Error('no device is open')),
    )
    .with({ do: 'decode' }, () => Promise.reject(new Error('what decodes here runs in the process of the benchmark')))
    .with({ do: 'memory' }, () => Promise.resolve({ peakBytes: peakBytes() }))
    .exhaustive();

// Whoever started it decides when to stop.
process.on('SIGINT', () => undefined);
for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(commandSchema.parse(JSON.parse(line))).catch((error: unknown) => ({
    error: messageOf(error),
  }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit();
