import type { RemoteFile } from './repository.js';
import type { TransferSettings } from './settings.js';

export interface Meter {
  /** Tells how many of the file's bytes are here, at most ten times a second between beginning and end. */
  readonly show: (bytes: number) => void;
}

const leastInterval = 100;

/** Measures a download, and tells of it. */
export function meterOf(settings: TransferSettings, { path, size }: RemoteFile): Meter {
  let begun: { readonly time: number; readonly bytes: number } | undefined;
  let told = -Infinity;
  return {
    show: (bytes) => {
      const time = performance.now();
      begun ??= { time, bytes };
      if (bytes < size && time - told < leastInterval) return;
      told = time;
      const seconds = (time - begun.time) / 1000;
      const bytesPerSecond = seconds === 0 ? 0 : Math.max(0, bytes - begun.bytes) / seconds;
      settings.tell({ type: 'progress', file: path, bytes, total: size, bytesPerSecond });
    },
  };
}
