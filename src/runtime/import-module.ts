import { realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve } from 'import-meta-resolve';
import { isNodeDefinition, objectionsTo } from '../graph/definition-objections.js';
import { isRecord } from '../graph/is-record.js';
import { messageOf } from '../graph/message-of.js';
import type { NodeDefinition } from '../graph/node-definition.js';

/** Why a module brings no nodes, and what would. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
  readonly expected: string;

  constructor(message: string, expected: string) {
    super(message);
    this.expected = expected;
  }
}

/**
 * Runs a module, with all the rights of this process, and gives the nodes that it defines: its exports that are node
 * definitions, and those in a list that is its default export, each once. `file` is the document that imports it: a
 * path is relative to it, a package is looked up from its folder as by `import`. Throws an `ImportFailure`.
 */
export async function importModule(module: string, file: string): Promise<readonly NodeDefinition[]> {
  const url = locate(module, file);
  let exported: unknown;
  try {
    exported = await load(url);
  } catch (error) {
    throw failureOf(error, url);
  }
  return definitionsIn(isRecord(exported) ? exported : {});
}

function locate(module: string, file: string): string {
  if (/^\.\.?\//.test(module)) return locateFile(path.resolve(path.dirname(file), module));
  const installed = `a package that is installed where ${path.dirname(path.resolve(file))} finds it`;
  if (isBuiltin(module)) throw new ImportFailure('it is a module of Node itself', installed);
  try {
    return resolve(module, pathToFileURL(path.resolve(file)).href);
  } catch (error) {
    throw new ImportFailure(`it is not found: ${firstLine(messageOf(error))}`, installed);
  }
}

function locateFile(wanted: string): string {
  const expected = 'a file beside the document';
  let file: string;
  try {
    file = realpathSync(wanted);
  } catch {
    throw new ImportFailure(`there is no file ${wanted}`, expected);
  }
  const stats = statSync(file);
  if (stats.isDirectory()) throw new ImportFailure(`${wanted} is a folder`, expected);
  // Loading a pipe would wait for its other end, and a device may never end.
  if (!stats.isFile()) throw new ImportFailure(`${wanted} is no regular file`, expected);
  return pathToFileURL(file).href;
}

/** What went wrong in running a module, with what helps where that is known. */
export function failureOf(error: unknown, url: string): ImportFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = firstLine(messageOf(error));
  if (/\.[cm]?ts$/.test(url) && code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    const found = `Node ${process.versions.node} does not run TypeScript`;
    return new ImportFailure(found, 'JavaScript (compile it with tsc), or Node 22.18 or newer');
  }
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return new ImportFailure('Node runs no TypeScript inside node_modules', 'a package that is compiled to JavaScript');
  }
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'samplewire'")) {
    const remedy = 'samplewire installed where the module finds it, or definitions that are plain objects';
    return new ImportFailure(message, remedy);
  }
  // Node keeps the place of a syntax error to itself.
  const hint = error instanceof SyntaxError ? ` (node --check ${fileURLToPath(url)} says where it does not)` : '';
  return new ImportFailure(message, `a module that loads${hint}`);
}

/**
 * Imports a module. One that waits for what never comes leaves the process with nothing to do, which would end it without
 * a word: that is an error of the module.
 */
async function load(url: string): Promise<unknown> {
  let stalled = (): void => undefined;
  const stall = new Promise<never>((_resolve, reject) => {
    stalled = () => {
      reject(new Error('it waits for something that never comes'));
    };
  });
  process.once('beforeExit', stalled);
  try {
    return await Promise.race([import(url), stall]);
  } finally {
    process.off('beforeExit', stalled);
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

function definitionsIn(exported: Readonly<Record<string, unknown>>): readonly NodeDefinition[] {
  const given = new Set<unknown>();
  const faults: string[] = [];
  const definitions: NodeDefinition[] = [];
  try {
    for (const [name, value] of Object.entries(exported)) {
      if (name === 'default' && Array.isArray(value)) value.forEach((each) => given.add(each));
      else if (objectionsTo(value).kind !== null) given.add(value);
    }
    for (const value of given) {
      const { kind, objections } = objectionsTo(value);
      if (kind === null) faults.push('its default export lists something that has no kind');
      faults.push(...objections.map((objection) => `node kind "${kind ?? ''}": ${objection}`));
      if (isNodeDefinition(value)) definitions.push(value);
    }
  } catch (error) {
    faults.push(`a definition that throws when it is read: ${messageOf(error)}`);
  }
  if (faults.length > 0) throw new ImportFailure(faults.join('; '), 'node definitions, as by defineNode');
  if (definitions.length === 0) {
    throw new ImportFailure(
      'it exports no node',
      'exports made by defineNode, or a list of them as the default export',
    );
  }
  return definitions;
}
