import { describe, expect, it } from 'vitest';
import { CompareProgress } from '../../../src/cli/compare/progress.js';
import { FakeOutput, fakeSession } from '../fake-session.js';

function shown(isTTY: boolean, total: number): string {
  const session = { ...fakeSession(), stderr: new FakeOutput(isTTY) };
  const progress = new CompareProgress(session);
  progress.plan({ type: 'planning', sampler: 'arpc', number: 1, total: 2 });
  progress.begin();
  const failure = { setting: 0, seed: 0, prompt: 0, message: '' };
  for (let done = 1; done <= total; done++)
    progress.show({ type: 'failed', failure, done, total }, 'arpc at\u001b[2J 8');
  progress.close();
  return session.stderr.text;
}

describe('the progress of a comparison', () => {
  it('is a line that changes in a terminal, and leaves nothing behind', () => {
    const text = shown(true, 30);
    expect(text).not.toContain('\n');
    const states = text.split('\r\u001b[K');
    expect(states[1]).toBe('counting forwards of sampler 1 of 2  (arpc)');
    expect(states).toHaveLength(1 + 1 + 1 + 30 + 1);
    expect(states[3]).toMatch(/^row 1 of 30, \d+ s left {2}\(arpc at/);
    expect(states.at(-1)).toBe('');
    expect(states.join('')).not.toContain('\u001b');
  });

  it('is ten lines elsewhere, or one a row where there are less', () => {
    expect(shown(false, 30).match(/^row (3|6|9|12|15|18|21|24|27|30) of 30/gm)).toHaveLength(10);
    expect(shown(false, 30).trim().split('\n')).toHaveLength(10);
    expect(shown(false, 4).trim().split('\n')).toHaveLength(4);
  });
});
