import { expect, it } from 'vitest';
import { z } from 'zod';
import { flagsFor, processFile, runProcess } from '../../../src/models/process/run.js';

const file = new URL('../support/echoing-process.mjs', import.meta.url);
const schema = z.object({ request: z.unknown(), flags: z.array(z.string()), number: z.nan() });

it('hands over the request, and what is told in the form that was agreed on, NaN included', async () => {
  const request = { text: 'a "b" \n', list: [1, null] };
  const taken: unknown[] = [];
  const { messages, end, late } = await runProcess(file, request, { schema, take: (message) => taken.push(message) });
  // Flags that are for this process alone, such as that which loads TypeScript, would be in the way of JavaScript.
  expect(messages).toEqual([1, 2].map(() => ({ request, flags: [], number: NaN })));
  expect(taken).toEqual(messages);
  expect([end, late]).toEqual(['its process ended with code 3.', false]);
});

it('runs the compiled file beside a compiled one, and the source beside a source', () => {
  expect(processFile('probe', 'file:///dist/models/auto/x.js').pathname).toBe('/dist/models/auto/probe.js');
  expect(processFile('probe', 'file:///src/models/auto/x.ts').pathname).toBe('/src/models/auto/probe.ts');
});

it('hands on the flags that load TypeScript, to a source', () => {
  const flags = ['--import', './load.mjs', '--input-type=module', '--import=tsx', '--eval', 'text', '--test'];
  expect(flagsFor(new URL('file:///src/worker.ts'), flags)).toEqual(['--import', './load.mjs', '--import=tsx']);
  expect(flagsFor(new URL('file:///dist/worker.js'), flags)).toEqual([]);
});
