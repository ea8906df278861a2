import { join } from 'node:path';
import { extract, readZip } from '../zip.js';
import type { Wheel } from './wheel.js';

/** Unpacks what is needed of wheels into a folder. `progress` is told of all bytes that have been written, of so many. */
export async function unpackWheels(
  wheels: ReadonlyMap<Wheel, string>,
  folder: string,
  signal: AbortSignal,
  progress: (bytes: number, total: number) => void,
): Promise<void> {
  const files = (
    await Promise.all(
      [...wheels].map(async ([{ placeOf }, archive]) =>
        (await readZip(archive)).flatMap((entry) => {
          const place = entry.name.endsWith('/') ? undefined : placeOf(entry.name);
          return place === undefined ? [] : [{ archive, entry, target: join(folder, ...place.split('/')) }];
        }),
      ),
    )
  ).flat();
  const total = files.reduce((sum, { entry }) => sum + entry.size, 0);
  let done = 0;
  for (const { archive, entry, target } of files) {
    await extract(archive, entry, target, {
      signal,
      progress: (bytes) => {
        done += bytes;
        progress(done, total);
      },
    });
  }
}
