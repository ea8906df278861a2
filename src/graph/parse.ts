import {
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { checkPipeline, type CheckOptions, type CheckOutcome } from './check.js';
import type { Fault } from './fault.js';
import { childPath, parentPath, rootPath, splitPath, type JsonPath } from './json-path.js';
import { maxDepth, maxTextLength } from './limits.js';
import type { Registry } from './registry.js';

/**
 * Checks the text of a document: `checkPipeline`, and before it the JSON itself, repeated keys included.
 * Faults carry the line and column of their place. Never throws.
 */
export function parsePipeline(text: string, registry: Registry, options: CheckOptions = {}): CheckOutcome {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new Lines(source);
  const refused = refuseText(source, lines);
  if (refused !== null) return { ok: false, faults: [refused] };
  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { disallowComments: true });
  if (tree === undefined || errors.length > 0) {
    return { ok: false, faults: firstOfEachLine(errors.map((error) => syntaxFault(error, source, lines))) };
  }
  const repeated = repeatedKeys(tree, lines);
  const outcome = checkPipeline(getNodeValue(tree), registry, options);
  if (outcome.ok) return repeated.length === 0 ? outcome : { ok: false, faults: repeated };
  const located = outcome.faults.map((fault) => ({ ...fault, ...lines.at(offsetOf(fault.path, tree)) }));
  return { ok: false, faults: [...repeated, ...located] };
}

/** What would take the parser too long, or too deep for the stack. */
function refuseText(text: string, lines: Lines): Fault | null {
  if (text.length > maxTextLength) {
    const found = `${text.length}`;
    return { path: rootPath, message: 'the text is too long', expected: `at most ${maxTextLength} characters`, found };
  }
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const first = text[scanner.getTokenOffset()];
    if (first === '{' || first === '[') depth += 1;
    else if (first === '}' || first === ']') depth -= 1;
    if (depth > maxDepth) {
      const place = lines.at(scanner.getTokenOffset());
      const expected = `at most ${maxDepth} levels`;
      return { path: rootPath, message: 'the document is nested too deeply', expected, found: 'more', ...place };
    }
  }
  return null;
}

const syntaxMessages: Readonly<Record<string, readonly [message: string, expected: string]>> = {
  PropertyNameExpected: ['a key is missing', 'a key in double quotes'],
  ValueExpected: ['a value is missing', 'a JSON value'],
  ColonExpected: ['a colon is missing after the key', 'a colon'],
  CommaExpected: ['a comma is missing', 'a comma'],
  CloseBraceExpected: ['an object is not closed', '}'],
  CloseBracketExpected: ['a list is not closed', ']'],
  EndOfFileExpected: ['something follows the document', 'the end of the text'],
  InvalidCommentToken: ['JSON has no comments', 'a JSON value'],
  UnexpectedEndOfString: ['a text is not closed', '"'],
  InvalidNumberFormat: ['this is not a number', 'a JSON number'],
};

function syntaxFault({ error, offset, length }: ParseError, text: string, lines: Lines): Fault {
  const [message, expected] = syntaxMessages[printParseErrorCode(error)] ?? ['this is not JSON', 'a JSON value'];
  const excerpt = text.slice(offset, offset + Math.min(Math.max(length, 1), 20));
  const found = excerpt === '' ? 'the end of the text' : JSON.stringify(excerpt);
  return { path: rootPath, message, expected, found, ...lines.at(offset) };
}

/** One slip makes the parser stumble several times until it finds its way back. */
function firstOfEachLine(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter((fault, i) => i === 0 || faults[i - 1]?.line !== fault.line);
}

function repeatedKeys(tree: Node, lines: Lines): readonly Fault[] {
  const faults: Fault[] = [];
  const visit = (node: Node, path: JsonPath): void => {
    const seen = new Set<string>();
    for (const [i, child] of (node.children ?? []).entries()) {
      if (node.type === 'array') visit(child, childPath(path, i));
      const [key, value] = child.children ?? [];
      if (node.type !== 'object' || key === undefined) continue;
      const name = String(key.value);
      const place = childPath(path, name);
      if (seen.has(name)) {
        const message = `"${name.slice(0, 60)}" is given twice`;
        faults.push({
          path: place,
          message,
          expected: 'each key once',
          found: 'a second one',
          ...lines.at(key.offset),
        });
      }
      seen.add(name);
      if (value !== undefined) visit(value, place);
    }
  };
  visit(tree, rootPath);
  return faults;
}

/** Where a place begins in the text; that of what would hold it, where it is not there. */
function offsetOf(path: JsonPath, tree: Node): number {
  const node = findNodeAtLocation(tree, [...splitPath(path)]);
  if (node !== undefined) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  return path === rootPath ? tree.offset : offsetOf(parentPath(path), tree);
}

/** Line and column, from 1, of an offset. */
class Lines {
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
    this.#starts = starts;
  }

  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    for (let high = this.#starts.length - 1; low < high;) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
