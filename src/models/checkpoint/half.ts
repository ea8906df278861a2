/**
 * 16-bit floats (IEEE 754 binary16, and bfloat16), as bit patterns. Conversion from 32 bits rounds to
 * nearest, ties to even; a finite number beyond the largest becomes infinite.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

const bitsOf = (value: number): number => {
  float[0] = value;
  return bits[0] ?? 0;
};

const floatOf = (pattern: number): number => {
  bits[0] = pattern;
  return float[0] ?? 0;
};

/** Drops the low `shift` bits of a positive pattern, rounding to nearest even; a carry runs into the exponent. */
const roundShift = (pattern: number, shift: number): number => {
  const kept = pattern >>> shift;
  const rest = pattern & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
};

/** The value is rounded to float32 first. */
export function toFloat16(value: number): number {
  const pattern = bitsOf(value);
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  const exponent = (magnitude >>> 23) - 127 + 15;
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent >= 1) return sign | roundShift((exponent << 23) | (magnitude & 0x7fffff), 13);
  // Subnormal: the implicit one becomes explicit and moves down; below half the smallest all is zero.
  if (exponent < -10) return sign;
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, 14 - exponent);
}

export function fromFloat16(pattern: number): number {
  const sign = (pattern & 0x8000) === 0 ? 1 : -1;
  const exponent = (pattern >>> 10) & 0x1f;
  const mantissa = pattern & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The value is rounded to float32 first. */
export function toBfloat16(value: number): number {
  const pattern = bitsOf(value);
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7fc0;
  return sign | roundShift(magnitude, 16);
}

export function fromBfloat16(pattern: number): number {
  return floatOf((pattern & 0xffff) * 0x10000);
}
