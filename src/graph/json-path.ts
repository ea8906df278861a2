/**
 * The place of a value in a document: `$.nodes.blocks.body.denoise.in.cache`. Keys that are no plain names
 * are quoted, `$.nodes['noise-schedule']`, as in RFC 9535.
 */
export type JsonPath = string;

export const rootPath: JsonPath = '$';

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The path of a field or of an item of a list. */
export function childPath(path: JsonPath, key: string | number): JsonPath {
  if (typeof key === 'number') return `${path}[${String(key)}]`;
  return plainName.test(key) ? `${path}.${key}` : `${path}[${quote(key)}]`;
}

/** Keys and indices from the root down. Accepts what `childPath` makes. */
export function splitPath(path: JsonPath): readonly (string | number)[] {
  const step = /\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/gsu;
  return [...path.matchAll(step)].map(
    ([, name, index, quoted]) => name ?? (index === undefined ? unquote(quoted ?? '') : Number(index)),
  );
}

/** The path of what holds the value at `path`; the root holds itself. */
export function parentPath(path: JsonPath): JsonPath {
  return splitPath(path).slice(0, -1).reduce<JsonPath>(childPath, rootPath);
}

function quote(key: string): string {
  const inner = JSON.stringify(key).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}

function unquote(inner: string): string {
  const text: unknown = JSON.parse(`"${inner.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
  return String(text);
}
