import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../../../src/models/tfjs/loading/resolve.js';

describe('reasonOf', () => {
  it('is one line, without what only developers read', () => {
    expect(reasonOf(new Error("Cannot find module 'x'\nRequire stack:\n- /a.js\n- /b.js"))).toBe(
      "Cannot find module 'x'",
    );
    expect(reasonOf(new Error('made for\nanother  version.\n    at f (a.js:1)'))).toBe('made for another version');
    expect(reasonOf('thrown as it is')).toBe('thrown as it is');
  });

  it('has an end', () => {
    expect(reasonOf(new Error('x'.repeat(5000)))).toBe(`${'x'.repeat(300)}...`);
  });
});
