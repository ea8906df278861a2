import { expect, it } from 'vitest';
import { withChoosing } from '../../src/cli/choosing.js';
import { FakeOutput, fakeSession } from './fake-session.js';

const sessionOn = (isTTY: boolean) => ({ ...fakeSession(), stderr: new FakeOutput(isTTY) });
const probing = (number: number) =>
  ({ type: 'probing', backend: 'webgpu', number, total: 6, stage: 'loading' }) as const;
const taken = { type: 'taken', backend: 'onnx', why: '4.0 ms a forward, wasm 30' } as const;

it('in a terminal, what is tried changes a line, and what was taken stays', async () => {
  const session = sessionOn(true);
  const result = await withChoosing(session, (tell) => {
    tell(probing(2));
    expect(session.stderr.text).toContain('trying webgpu (2 of 6): loading');
    tell(taken);
    return Promise.resolve('opened');
  });
  expect(result).toBe('opened');
  expect(session.stderr.text.split('\r\u001b[K').at(-1)).toBe('auto takes onnx: 4.0 ms a forward, wasm 30\n');
});

it('elsewhere one line says that it tries, and one what it took', async () => {
  const session = sessionOn(false);
  await withChoosing(session, (tell) => {
    [probing(1), probing(2), taken].forEach(tell);
    return Promise.resolve();
  });
  expect(session.stderr.text.split('\n')).toEqual([
    'auto tries what there is on this machine',
    'auto takes onnx: 4.0 ms a forward, wasm 30',
    '',
  ]);
});

it.each([true, false])('says where its choice cannot be kept (terminal: %s)', async (isTTY) => {
  const session = sessionOn(isTTY);
  await withChoosing(session, (tell) => {
    [probing(1), { type: 'unkept', file: '/read-only/auto.json' } as const, taken].forEach(tell);
    return Promise.resolve();
  });
  expect(session.stderr.text.split('\r\u001b[K').at(-1)?.split('\n').slice(-3)).toEqual([
    'auto cannot write /read-only/auto.json, and tries again when it is asked the next time (SAMPLEWIRE_CACHE names another folder)',
    'auto takes onnx: 4.0 ms a forward, wasm 30',
    '',
  ]);
});

it('says nothing where nothing is chosen, and leaves no line behind a fault', async () => {
  const silent = sessionOn(true);
  await withChoosing(silent, () => Promise.resolve());
  expect(silent.stderr.text).toBe('');
  const session = sessionOn(true);
  const failing = withChoosing(session, (tell) => {
    tell(probing(1));
    return Promise.reject(new Error('no'));
  });
  await expect(failing).rejects.toThrow('no');
  expect(session.stderr.text.endsWith('\r\u001b[K')).toBe(true);
});
