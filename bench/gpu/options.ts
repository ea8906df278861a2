import { InvalidArgumentError } from 'commander';
import { numberTypes, type Given } from './result.js';

/** `1,8,64`: positive integers, or 0 and more where that is allowed. */
export const integers =
  (least: number) =>
  (text: string): readonly number[] => {
    const values = text.split(',').map((word) => (/^\d+$/.test(word.trim()) ? Number(word) : NaN));
    if (values.every((value) => value >= least)) return values;
    throw new InvalidArgumentError(`must be integers, ${least} or more, with commas between them.`);
  };

export const positive = (text: string): number => {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('must be a number above 0.');
};

export const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** `67`, of fp32, or `fp32=67,tf32=494,fp16=989`: in 10^12 operations a second. */
export function teraflops(text: string): Given['operations'] {
  const parts = words(text).map((word): readonly string[] => (word.includes('=') ? word.split('=') : ['fp32', word]));
  return Object.fromEntries(
    parts.map(([name, value = '']) => {
      const numbers = numberTypes.find((each) => each === name);
      if (numbers !== undefined) return [numbers, 1e12 * positive(value)];
      throw new InvalidArgumentError(`are of ${numberTypes.join(', ')}, as in fp32=67,fp16=989.`);
    }),
  );
}
