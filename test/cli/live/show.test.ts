import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Show } from '../../../src/cli/live/show.js';
import type { RunEvent } from '../../../src/runtime/events.js';
import { syntheticRun } from '../synthetic-run.js';
import { FakeTerminal } from './fake-terminal.js';
import { characterText, plain } from './support.js';

const alphabet = Array.from('abcdefgh');
const events = syntheticRun({ rows: [[0, 1, 2, 3, 4, 5, 6, 7]], blockSize: 4, steps: 4, maskId: 8, vocabularySize: 9 });
const hint = 'try this';

class Stage {
  readonly terminal = new FakeTerminal();
  readonly show: Show;
  over = false;

  constructor(speed: number) {
    this.show = new Show({
      terminal: this.terminal,
      text: characterText(alphabet),
      paint: plain,
      speed,
      params: {},
      hints: [hint],
    });
    void this.show.over.then(() => {
      this.over = true;
    });
  }

  push(some: readonly RunEvent[]): void {
    for (const event of some) this.show.push(event);
  }

  get text(): string {
    return this.terminal.lines.join('\n');
  }
}

describe('Show', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends with the whole text, figures and a hint, and gives the cursor back', async () => {
    const stage = new Stage(25);
    stage.push(events);
    await vi.advanceTimersByTimeAsync(100);
    expect(stage.terminal.cursorHidden).toBe(true);
    expect(stage.over).toBe(false);
    expect(stage.text).not.toContain('abcdefgh');
    await vi.advanceTimersByTimeAsync(1000);
    expect(stage.over).toBe(true);
    expect(stage.terminal.cursorHidden).toBe(false);
    expect(stage.text).toContain('abcdefgh');
    expect(stage.terminal.lines.at(-2)).toBe(hint);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes as long as its steps at its speed', async () => {
    const slow = new Stage(4);
    slow.push(events);
    await vi.advanceTimersByTimeAsync(1900);
    expect(slow.over).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(slow.over).toBe(true);
    expect(slow.text).toContain('shown at 4 steps');
  });

  it('shows at once all that has come when it is told to skip', async () => {
    const stage = new Stage(1);
    stage.push(events);
    await vi.advanceTimersByTimeAsync(50);
    stage.show.skip();
    await vi.advanceTimersByTimeAsync(0);
    expect(stage.over).toBe(true);
    expect(stage.text).toContain('abcdefgh');
  });

  it('leaves what was written when the run is cancelled', async () => {
    const stage = new Stage(25);
    const half = events.slice(0, events.findIndex(({ type }) => type === 'committed') + 3);
    stage.push(half);
    await vi.advanceTimersByTimeAsync(50);
    stage.show.skip();
    stage.push([{ run: 'run-1', seq: half.length, type: 'cancelled' }]);
    await vi.advanceTimersByTimeAsync(0);
    expect(stage.over).toBe(true);
    expect(stage.text).toContain('abcd');
    expect(stage.text).not.toContain(hint);
    expect(stage.terminal.cursorHidden).toBe(false);
  });
});
