import { fromBfloat16, fromFloat16 } from './half.js';
import { bytesPer, type Dtype } from './safetensors-header.js';

/**
 * Widens stored numbers to 32 bits, into `target` from index `at` on. `bytes` begin at a multiple of a number's width
 * in their buffer.
 */
export function widenInto(target: Float32Array, at: number, bytes: Uint8Array, dtype: Dtype): void {
  const length = bytes.byteLength / bytesPer[dtype];
  if (dtype === 'F32') {
    target.set(new Float32Array(bytes.buffer, bytes.byteOffset, length), at);
    return;
  }
  const patterns = new Uint16Array(bytes.buffer, bytes.byteOffset, length);
  const values = (widened[dtype] ??= everyPattern(dtype === 'F16' ? fromFloat16 : fromBfloat16));
  // A loop and not `from`, which takes a function call a number: published models have 170 million.
  for (let i = 0; i < length; i += 1) target[at + i] = values[patterns[i] ?? 0] ?? 0;
}

/** What each of the 2^16 patterns stands for, computed when the first is needed. */
const widened: Partial<Record<Dtype, Float32Array>> = {};

const everyPattern = (convert: (pattern: number) => number): Float32Array =>
  Float32Array.from({ length: 0x10000 }, (_, pattern) => convert(pattern));

/**
 * A number is infinite or none where all bits of its exponent are set: then adding 1 to the exponent sets the bit of the
 * sign, which was cleared before. 16-bit numbers go two at a time.
 */
const exponents = {
  F32: { magnitudes: 0x7fffffff, one: 0x00800000, signs: 0x80000000 },
  F16: { magnitudes: 0x7fff7fff, one: 0x04000400, signs: 0x80008000 },
  BF16: { magnitudes: 0x7fff7fff, one: 0x00800080, signs: 0x80008000 },
} as const satisfies Record<Dtype, unknown>;

/** Whether all stored numbers are finite. `bytes` begin at a multiple of 4 in their buffer. */
export function allFinite(bytes: Uint8Array, dtype: Dtype): boolean {
  const { magnitudes, one, signs } = exponents[dtype];
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  const fours = words.length - (words.length % 4);
  let set = 0;
  // Four words at a time and no branch: going through a file should take hardly longer than reading it.
  for (let i = 0; i < fours; i += 4) {
    set |=
      (((words[i] ?? 0) & magnitudes) + one) |
      (((words[i + 1] ?? 0) & magnitudes) + one) |
      (((words[i + 2] ?? 0) & magnitudes) + one) |
      (((words[i + 3] ?? 0) & magnitudes) + one);
  }
  for (const word of words.subarray(fours)) set |= (word & magnitudes) + one;
  // The last of an odd count of 16-bit numbers.
  for (const half of new Uint16Array(bytes.buffer, bytes.byteOffset + 4 * words.length, (bytes.byteLength % 4) / 2)) {
    set |= (half & magnitudes) + one;
  }
  return (set & signs) === 0;
}
