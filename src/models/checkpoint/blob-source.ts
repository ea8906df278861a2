import type { ByteSource } from './source.js';

/** A file that a person chose in a page, or what was downloaded: the browser keeps it, in memory or on the disk. */
export const blobSource = (blob: Blob, where: string): ByteSource => ({
  where,
  bytes: blob.size,
  read: async (target, offset) => {
    const bytes = await blob.slice(offset, offset + target.byteLength).arrayBuffer();
    target.set(new Uint8Array(bytes));
    return bytes.byteLength;
  },
  close: () => Promise.resolve(),
});
