import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The bytes of a safetensors file with this header, as an object or as text. */
export function fileWith(header: unknown, body = new Uint8Array(16)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

/** A path for a file, in a folder of its own. */
export const newPath = async (): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'samplewire-safetensors-')), 'model.safetensors');

/** Writes bytes to a file of their own. */
export async function written(bytes: Uint8Array): Promise<string> {
  const path = await newPath();
  await writeFile(path, bytes);
  return path;
}
