import { InputError } from '../graph/input-error.js';

/** In powers of ten, as disks and the hub's pages count. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}

export const shareOf = (bytes: number, total: number): string =>
  `${String(total === 0 ? 100 : Math.floor((100 * bytes) / total)).padStart(3)}%`;

/** Powers of ten, and of two. */
const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((prefix, index): [string, number][] => [
    [`${prefix}b`, 1000 ** (index + 1)],
    [`${prefix}ib`, 1024 ** (index + 1)],
  ]),
]);

/** Bytes from a flag such as `512MB`, `1.5 GiB` or a plain number of them; `undefined` where it was not given. */
export function byteFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, figure, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(figure) * (units.get(unit.toLowerCase()) ?? NaN));
  if (bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw new InputError(`${flag} must be a size, as in 512MB, 1.5GiB or 2GB, not "${text}"`);
}
