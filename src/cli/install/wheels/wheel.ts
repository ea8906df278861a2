/** A file of a Python package index, of which the contents are known beforehand, and what of it is unpacked. */
export interface Wheel {
  /** The index's name of the project, such as `tensorflow-cpu`. */
  readonly distribution: string;
  readonly version: string;
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes that are on the disk when it has been unpacked. */
  readonly unpacked: number;
  /** Where a file in it goes, as a path with slashes; `undefined` for what is not needed. */
  readonly placeOf: (entry: string) => string | undefined;
}

export const nameOf = ({ distribution, version }: Wheel): string => `${distribution} ${version}`;

export const totalOf = (wheels: readonly Wheel[], measure: 'size' | 'unpacked'): number =>
  wheels.reduce((sum, wheel) => sum + wheel[measure], 0);
