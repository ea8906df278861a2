import {
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { quoted } from '../excerpt.js';
import type { Fault } from '../fault.js';
import { childPath, parentPath, rootPath, splitPath, type JsonPath } from '../json-path.js';
import { maxDepth, maxTextLength } from '../limits.js';
import type { Faults, Place } from './fault-list.js';

/** A value with the places of its parts in the text that it was read from. */
export interface JsonText {
  readonly value: unknown;
  /** Where a part begins; where what would hold it begins, if it is not there. */
  readonly placeOf: (path: JsonPath) => Place;
}

/**
 * Reads text as JSON, with a byte order mark or without. `null` where it is no JSON. Keys that are given twice
 * are faults too; the last one counts.
 */
export function readJson(text: string, faults: Faults): JsonText | null {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new Lines(source);
  const refused = refuseText(source, lines);
  if (refused !== null) {
    faults.add(refused);
    return null;
  }
  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { disallowComments: true });
  addSyntaxFaults(errors, source, lines, faults);
  if (tree === undefined || errors.length > 0) return null;
  addRepeatedKeys(tree, rootPath, lines, faults);
  return { value: getNodeValue(tree), placeOf: (path) => lines.at(offsetOf(path, tree)) };
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

/** One slip makes the parser stumble several times until it finds its way back: only the first of each line counts. */
function addSyntaxFaults(errors: readonly ParseError[], text: string, lines: Lines, faults: Faults): void {
  let lastLine = 0;
  for (const error of errors) {
    const place = lines.at(error.offset);
    if (place.line === lastLine) continue;
    lastLine = place.line;
    faults.add(() => syntaxFault(error, text, place));
  }
}

/** Nothing of the text is quoted: a document may name any file, and what is not JSON may be somebody's secret. */
function syntaxFault({ error, offset }: ParseError, text: string, place: Place): Fault {
  const [message, expected] = syntaxMessages[printParseErrorCode(error)] ?? ['this is not JSON', 'a JSON value'];
  return { path: rootPath, message, expected, found: sortAt(text.charAt(offset)), ...place };
}

/** What begins with a character, in the words of a fault. */
function sortAt(first: string): string {
  if (first === '') return 'the end of the text';
  if (first === '"') return 'a text';
  if (/[-\d]/.test(first)) return 'a number';
  if (first === '/') return 'a comment';
  return /[{}[\],:]/.test(first) ? quoted(first) : 'something else';
}

function addRepeatedKeys(node: Node, path: JsonPath, lines: Lines, faults: Faults): void {
  const seen = new Set<string>();
  for (const [i, child] of (node.children ?? []).entries()) {
    if (node.type === 'array') addRepeatedKeys(child, childPath(path, i), lines, faults);
    const [key, value] = child.children ?? [];
    if (node.type !== 'object' || key === undefined) continue;
    const name = String(key.value);
    const place = childPath(path, name);
    if (seen.has(name)) {
      const expected = 'each key once';
      faults.add(() => ({
        path: place,
        message: `${quoted(name)} is given twice`,
        expected,
        found: 'a second one',
        ...lines.at(key.offset),
      }));
    }
    seen.add(name);
    if (value !== undefined) addRepeatedKeys(value, place, lines, faults);
  }
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

  at(offset: number): Place {
    let low = 0;
    for (let high = this.#starts.length - 1; low < high;) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
