import { open } from 'node:fs/promises';
import { z } from 'zod';

/** Where a tensor's bytes lie in a safetensors file. */
export interface StoredRange {
  readonly shape: readonly number[];
  /** In bytes, from the file's beginning. */
  readonly offset: number;
  readonly length: number;
}

const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.literal('F32'), shape: z.array(z.number()), data_offsets: z.tuple([z.number(), z.number()]) }),
);

/** The byte ranges of a safetensors file in 32 bits, by the tensors' names. */
export async function weightRanges(path: string): Promise<ReadonlyMap<string, StoredRange>> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(8);
    await file.read(start, 0, 8, 0);
    const size = Number(start.readBigUInt64LE());
    const text = Buffer.alloc(size);
    await file.read(text, 0, size, 8);
    const header = headerSchema.parse(JSON.parse(text.toString('utf8')));
    return new Map(
      Object.entries(header).map(
        ([
          name,
          {
            shape,
            data_offsets: [from, to],
          },
        ]) => [name, { shape, offset: 8 + size + from, length: to - from }],
      ),
    );
  } finally {
    await file.close();
  }
}
