import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.js';
import { shippedPipelines } from '../../../src/cli/shipped.js';
import { fakeSession } from '../fake-session.js';

const model = path.join(import.meta.dirname, '../../fixtures/parity/blockgen-absorb-causal');

async function outcome(...words: readonly string[]) {
  const session = fakeSession();
  const code = await runProgram(words, session);
  return { code, out: session.stdout.text, err: session.stderr.text };
}

describe('compare --help', () => {
  it('names the shipped pipelines that compare takes, and no other', async () => {
    const { code, out } = await outcome('compare', '--help');
    expect(code).toBe(0);
    const named = /comes with samplewire \(([^)]*)\)/.exec(out.replaceAll(/\s+/g, ' '))?.[1]?.split(', ') ?? [];
    expect(named).toContain('arpc');
    const refused = shippedPipelines().filter((name) => !named.includes(name));
    expect(refused).toEqual(['edit', 'refine']);
    for (const name of refused) {
      const { err } = await outcome('compare', name, '--model', model, '--backend', 'cpu', '--length', '8');
      expect(err).toMatch(/starts from a text/);
    }
  });
});

describe('a checkpoint without a tokenizer', () => {
  const short = ['ar', '--model', model, '--backend', 'cpu', '--length', '8'];

  it('is said to have none where its tokens are shown as ids', async () => {
    const note = /^\S+ has no tokenizer, so that tokens are shown as ids; --tokenizer DIR gives it one$/gm;
    expect((await outcome('run', ...short, '--format', 'text')).err.match(note)).toHaveLength(1);
    expect((await outcome('compare', ...short)).err.match(note)).toHaveLength(1);
    expect((await outcome('run', ...short, '--format', 'jsonl')).err).not.toMatch(note);
  });
});
