import type { GraphDocument, PipelineDocument } from './document.js';
import { byCodeUnit } from './names.js';
import type { ParamSpec } from './params.js';

/**
 * A document as text that is the same for all documents of the same meaning: keys sorted, no white space, and
 * without what changes no run (`$schema`, descriptions, layout, empty lists). Two documents with the same
 * text are the same sampler.
 */
export function canonicalJson(document: PipelineDocument): string {
  const { format, name, imports = [], graphs = {} } = document;
  const modules = [...new Set(imports)].sort(byCodeUnit);
  const meaning = {
    format,
    name,
    imports: modules,
    ...graphMeaning(document),
    graphs: mapEntries(graphs, graphMeaning),
  };
  return JSON.stringify(sorted(meaning));
}

/**
 * 64-bit FNV-1a of the canonical text in UTF-8, as 16 hexadecimal digits. It identifies documents, for
 * instance in snapshots; it is no protection against forgery.
 */
export function documentHash(document: PipelineDocument): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(canonicalJson(document))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

function graphMeaning({ params = {}, inputs = {}, nodes, outputs }: GraphDocument): object {
  return { params: mapEntries(params, specMeaning), inputs, nodes, outputs };
}

function specMeaning(spec: ParamSpec): object {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => field !== 'description'));
}

function mapEntries<T>(
  entries: Readonly<Record<string, T>>,
  convert: (entry: T) => object,
): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, convert(entry)]));
}

/** Sorted keys all the way down. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, field]): [string, unknown] => [key, sorted(field)])
    .filter(([, field]) => field !== undefined && !isEmpty(field))
    .sort(([a], [b]) => byCodeUnit(a, b));
  return Object.fromEntries(entries);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
