import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withOpeningBar } from '../../src/cli/opening.js';
import { FakeOutput, fakeSession } from './fake-session.js';

// Not all of them: on Node 20.6 the clock that the test runner goes by would not come back.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const sessionOn = (isTTY: boolean) => ({ ...fakeSession(), stderr: new FakeOutput(isTTY) });
const erase = '\r\u001b[K';

it('a model that is open within half a second leaves no trace', async () => {
  const session = sessionOn(true);
  const opened = await withOpeningBar(session, 'model', (progress) => {
    progress(1, 2);
    vi.advanceTimersByTime(499);
    progress(2, 2);
    return Promise.resolve('opened');
  });
  vi.advanceTimersByTime(10_000);
  expect([opened, session.stderr.text]).toEqual(['opened', '']);
});

it('one that takes longer shows how far it is, and the line is gone afterwards', async () => {
  const session = sessionOn(true);
  await withOpeningBar(session, 'model', (progress) => {
    progress(5, 20);
    expect(session.stderr.text).toBe('');
    vi.advanceTimersByTime(500);
    progress(5.01, 20);
    progress(20, 20);
    return Promise.resolve();
  });
  const [full, empty] = ['\u2501', '\u2500'];
  expect(session.stderr.text.split(erase)).toEqual([
    '',
    `opening model  ${full.repeat(6)}${empty.repeat(18)}  25%`,
    `opening model  ${full.repeat(24)} 100%`,
    '',
  ]);
});

it('nothing is said before there is something to tell, for a download may be going on', async () => {
  const session = sessionOn(true);
  await withOpeningBar(session, 'model', (progress) => {
    vi.advanceTimersByTime(5000);
    expect(session.stderr.text).toBe('');
    progress(0, 0);
    return Promise.resolve();
  });
  expect(session.stderr.text.endsWith(`100%${erase}`)).toBe(true);
});

it('the line is gone before an error is told', async () => {
  const session = sessionOn(true);
  const failing = withOpeningBar(session, 'model', (progress) => {
    vi.advanceTimersByTime(600);
    progress(1, 2);
    return Promise.reject(new Error('damaged'));
  });
  await expect(failing).rejects.toThrow('damaged');
  expect(session.stderr.text.endsWith(`50%${erase}`)).toBe(true);
});

it('where no line can change nothing is said', async () => {
  const session = sessionOn(false);
  await withOpeningBar(session, 'model', (progress) => {
    vi.advanceTimersByTime(5000);
    progress(1, 2);
    return Promise.resolve();
  });
  expect(session.stderr.text).toBe('');
});

it('a terminal that does not know its width counts as one of 80 columns', async () => {
  const session = sessionOn(true);
  session.stderr.columns = 0;
  await withOpeningBar(session, 'm'.repeat(100), (progress) => {
    progress(1, 2);
    vi.advanceTimersByTime(500);
    return Promise.resolve();
  });
  expect(session.stderr.text).toBe(`${erase}opening ${'m'.repeat(71)}${erase}`);
});
