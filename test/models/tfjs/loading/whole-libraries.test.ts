import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireWholeLibraries } from '../../../../src/models/tfjs/loading/whole-libraries.js';

const size = 5000;
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'samplewire-whole-'));
});

afterEach(() => rmSync(home, { recursive: true }));

/** A library for Linux, of two segments, of which the first ends where the file does. */
function library(): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('7f454c460201', 'hex');
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  for (const [place, offset, length] of [
    [64, 1000, 4000],
    [120, 0, 1000],
  ] as const) {
    bytes.writeBigUInt64LE(BigInt(offset), place + 8);
    bytes.writeBigUInt64LE(BigInt(length), place + 32);
  }
  return bytes;
}

function put(name: string, content: Buffer): void {
  mkdirSync(dirname(join(home, name)), { recursive: true });
  writeFileSync(join(home, name), content);
}

const names = [
  'lib/napi-v8/tfjs_binding.node',
  'deps/lib/libtensorflow_cc.so.2',
  'deps/nvidia/cudnn/lib/libcudnn.so.8',
] as const;

it('lets whole libraries pass, and what is no library, and a package without any', () => {
  requireWholeLibraries(home);
  for (const name of names) put(name, library());
  put('deps/lib/libother.so', Buffer.from('no library'));
  put('deps/lib/libempty.so', Buffer.alloc(0));
  requireWholeLibraries(home);
});

it.each(names)('tells of %s that is cut short, wherever it was cut', (name) => {
  for (const other of names) put(other, library());
  for (const length of [size - 1, 1500, 100, 40]) {
    put(name, library().subarray(0, length));
    expect(() => requireWholeLibraries(home)).toThrow(
      new RegExp(`${name.replaceAll('.', '\\.')} is cut short: it has ${String(length)} of \\d+ bytes$`),
    );
  }
});
