import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { fakeSession } from './fake-session.js';

const folder = mkdtempSync(path.join(tmpdir(), 'samplewire-imports-'));
const model = path.join(import.meta.dirname, '../fixtures/parity/blockgen-absorb-causal');
const at = (name: string): string => path.join(folder, name);
const trace = at('ran');

writeFileSync(
  at('own.mjs'),
  `import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(trace)}, '');
export const ending = {
  kind: 'end-now', summary: 'Ends a row at once.', inputs: { canvas: 'canvas' }, outputs: { canvas: 'canvas' },
  params: { loud: { type: 'flag', default: false } },
  step: ({ inputs }) => ({ canvas: { ...inputs.canvas, ended: true } }),
};`,
);
const document = {
  format: 1,
  name: 'mine',
  imports: ['./own.mjs'],
  inputs: { canvas: 'canvas' },
  nodes: { end: { kind: 'end-now', in: { canvas: 'input.canvas' } } },
  outputs: { canvas: 'end.canvas' },
};
writeFileSync(at('mine.json'), JSON.stringify(document));
writeFileSync(at('broken.json'), JSON.stringify({ ...document, spare: 1 }));

async function samplewire(...words: readonly string[]) {
  const session = fakeSession();
  const code = await runProgram(words, session);
  return { code, out: session.stdout.text, err: session.stderr.text };
}

const running = [
  'run',
  at('mine.json'),
  '--model',
  model,
  '--backend',
  'cpu',
  '--prompt-tokens',
  '1,2',
  '--format',
  'jsonl',
];

describe('without leave', () => {
  it.each([[running], [['draw', at('mine.json')]], [['compare', at('mine.json'), '--model', model]]])(
    '%j says what is asked for, and of the flag',
    async (words) => {
      const { code, out, err } = await samplewire(...words);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(
        /"\.\/own\.mjs" is not loaded, since it is code that would run with all your rights.*--allow-imports/,
      );
      expect(existsSync(trace)).toBe(false);
    },
  );

  it('check lists it beside all other faults', async () => {
    const { code, out } = await samplewire('check', at('broken.json'));
    expect(code).toBe(2);
    expect(out).toMatch(/broken\.json: 2 faults\n.*"spare"[^]*--allow-imports/);
    expect(existsSync(trace)).toBe(false);
  });
});

describe('with --allow-imports', () => {
  it('a document with nodes of its own is checked, drawn and run', async () => {
    const [checked, drawn, ran] = [
      await samplewire('check', '--allow-imports', at('mine.json')),
      await samplewire('draw', at('mine.json'), '--allow-imports'),
      await samplewire(...running, '--allow-imports'),
    ];
    expect(checked).toMatchObject({ code: 0, err: '' });
    expect(drawn.out).toContain('end-now');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(ran.out)).toMatchObject({ tokens: [1, 2] });
    expect(existsSync(trace)).toBe(true);
  });
});

describe('--import', () => {
  it('lists the nodes of a module beside the standard ones', async () => {
    const { code, out } = await samplewire('nodes', '--import', at('own.mjs'), 'end-now', 'remask');
    expect(code).toBe(0);
    expect(out).toMatch(/^end-now: Ends a row at once\.\n {2}in: {2}canvas\n[^]*\nremask: /);
    expect((await samplewire('nodes')).out).not.toContain('end-now');
  });

  it('makes a schema that knows them', async () => {
    const { code, out } = await samplewire('schema', '--import', at('own.mjs'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ $defs: { 'node-end-now': {}, 'node-remask': {} } });
    expect((await samplewire('schema')).out).not.toContain('end-now');
  });

  it('says what is wrong with a module in one sentence', async () => {
    const { code, err } = await samplewire('nodes', '--import', './nowhere.mjs');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^error: "\.\/nowhere\.mjs" cannot be imported: there is no file .*nowhere\.mjs; expected a file .*\n$/,
    );
  });
});
