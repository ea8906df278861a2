import { describe, expect, it } from 'vitest';
import { Screen } from '../../../src/cli/live/screen.js';
import { FakeTerminal } from './fake-terminal.js';

describe('Screen', () => {
  it('replaces the frame before, whether it was longer or shorter', () => {
    const terminal = new FakeTerminal();
    terminal.write('$ run\r\n');
    const screen = new Screen(terminal);
    const frames = [['one', 'two'], ['one', 'three', 'four'], ['1', 'three'], ['1', 'three'], ['1']];
    for (const frame of frames) {
      screen.draw(frame);
      expect(terminal.lines).toEqual(['$ run', ...frame]);
    }
  });

  it('hides the cursor during the show and gives it back below the text', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a', 'b']);
    expect(terminal.cursorHidden).toBe(true);
    screen.close(['whole', 'text', 'figures']);
    expect(terminal.lines).toEqual(['whole', 'text', 'figures', '']);
    expect(terminal.cursorHidden).toBe(false);
  });

  it('gives the cursor back when it is left alone, once', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a']);
    screen.abandon();
    screen.abandon();
    expect(terminal.lines).toEqual(['a', '']);
    expect(terminal.cursorHidden).toBe(false);
  });

  it('begins anew after a resize', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a line that the terminal may have wrapped', 'b']);
    screen.resized();
    screen.draw(['c']);
    expect(terminal.lines[0]).toBe('c');
    expect(terminal.lines.slice(1).join('')).toBe('');
  });

  it('leaves out frames while the terminal is behind', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    terminal.writableNeedDrain = true;
    screen.draw(['a']);
    expect(terminal.lines).toEqual(['']);
  });
});
