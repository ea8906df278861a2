import { deflateRawSync } from 'node:zlib';

export interface ZippedFile {
  readonly content: Buffer;
  readonly stored?: boolean;
  readonly executable?: boolean;
}

/** A zip archive. The checksums in it are 0: wheels have one of their own. */
export function zipOf(files: Readonly<Record<string, Buffer | ZippedFile>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, given] of Object.entries(files)) {
    const { content, stored = false, executable = false } = Buffer.isBuffer(given) ? { content: given } : given;
    const packed = stored ? content : deflateRawSync(content);
    const path = Buffer.from(name, 'utf8');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    // A field that the directory does not have.
    const extra = Buffer.from([0xfe, 0xca, 1, 0, 7]);
    const local = Buffer.from(common);
    local.writeUInt16LE(extra.length, 24);
    const head = Buffer.concat([Buffer.from('PK\u0003\u0004'), local, path, extra]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((0o100644 | (executable ? 0o111 : 0)) * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003'), common, rest, path);
    parts.push(head, packed);
    offset += head.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}
