import type {
  GraphDocument,
  IfEntry,
  LoopEntry,
  NodeEntries,
  NodeEntry,
  ParamEntry,
  PipelineDocument,
  Reference,
} from './document.js';
import { isIf, isLoop, isSubgraph } from './document.js';
import { inputId } from './names.js';
import { visible } from './visible.js';

/**
 * A checked pipeline as a Mermaid flowchart: loops, branches and subgraphs as frames, names of ports on the
 * wires. A loop has a box for its carry, where iterations begin, and one for its next values, where they end.
 */
export function drawPipeline(document: PipelineDocument): string {
  const drawing = new Drawing();
  drawing.graph(document.name, document);
  for (const [name, graph] of Object.entries(document.graphs ?? {})) drawing.graph(`subgraph ${name}`, graph);
  return drawing.text();
}

/** Boxes that wires start at, by id of the node. Filled while drawing, read when all is drawn. */
class Boxes {
  readonly #around: Boxes | null;
  readonly #boxes = new Map<string, string>();

  constructor(around: Boxes | null = null) {
    this.#around = around;
  }

  set(id: string, box: string): this {
    this.#boxes.set(id, box);
    return this;
  }

  get(id: string): string | undefined {
    const own = this.#boxes.get(id);
    return own ?? (this.#around === null ? undefined : this.#around.get(id));
  }
}

class Drawing {
  readonly #lines: string[] = [];
  /** All wires come after all frames: Mermaid moves a box into the first frame that closes after naming it. */
  readonly #wires: {
    readonly reference: Reference;
    readonly port: string;
    readonly from: Boxes;
    readonly to: string;
  }[] = [];
  readonly #returns: string[] = [];
  #names = 0;
  #depth = 1;

  text(): string {
    const wires = this.#wires.flatMap(({ reference, port, from, to }) => {
      const [node = '', output = ''] = reference.split('.');
      const source = from.get(node);
      const label = output === port ? port : `${output} to ${port}`;
      return source === undefined ? [] : [`  ${source} -- ${quote(label)} --> ${to}`];
    });
    return `${['flowchart TD', ...this.#lines, ...wires, ...this.#returns].join('\n')}\n`;
  }

  graph(name: string, { inputs = {}, nodes, outputs }: GraphDocument): void {
    this.#frame(name, () => {
      const boxes = new Boxes();
      if (Object.keys(inputs).length > 0) boxes.set(inputId, this.#box(['inputs', ...Object.keys(inputs)], '([', '])'));
      this.#nodes(nodes, boxes);
      this.#wire(outputs, boxes, this.#box(['outputs', ...Object.keys(outputs)], '([', '])'));
    });
  }

  #nodes(entries: NodeEntries, boxes: Boxes): void {
    for (const [id, entry] of Object.entries(entries)) boxes.set(id, this.#node(id, entry, boxes));
  }

  /** Returns the box at which wires from the node start. */
  #node(id: string, entry: NodeEntry, around: Boxes): string {
    if (isLoop(entry)) return this.#loop(id, entry, around);
    if (isIf(entry)) return this.#if(id, entry, around);
    const settings = Object.entries(entry.params ?? {}).map(([name, value]) => `${name} = ${show(value)}`);
    const box = isSubgraph(entry)
      ? this.#box([id, entry.use, ...(entry.draft === true ? ['draft'] : []), ...settings], '[[', ']]')
      : this.#box([id, entry.kind, ...settings], '[', ']');
    this.#wire(entry.in ?? {}, around, box);
    return box;
  }

  #loop(id: string, { carry, max, until, body, next }: LoopEntry, around: Boxes): string {
    let end = '';
    this.#frame(`${id}: up to ${show(max)} times${until === undefined ? '' : `, until ${until}`}`, () => {
      const begin = this.#box(['carry', ...Object.keys(carry)], '([', '])');
      const inner = new Boxes(around).set(id, begin);
      this.#wire(carry, around, begin);
      this.#nodes(body, inner);
      end = this.#box(['next', ...Object.keys(next)], '([', '])');
      this.#wire(next, inner, end);
      if (until !== undefined) this.#wire({ until }, inner, end);
      this.#returns.push(`  ${end} -.-> ${begin}`);
    });
    return end;
  }

  #if(id: string, { flag, then, else: otherwise }: IfEntry, around: Boxes): string {
    let join = '';
    this.#frame(`${id}: if ${flag}`, () => {
      this.#wire({ flag }, around, this.#box([flag], '{', '}'));
      join = this.#box(['outputs', ...Object.keys(then.outputs)], '([', '])');
      for (const [name, { nodes, outputs }] of Object.entries({ then, else: otherwise })) {
        const inner = new Boxes(around);
        this.#frame(name, () => this.#nodes(nodes ?? {}, inner));
        this.#wire(outputs, inner, join);
      }
    });
    return join;
  }

  #wire(refs: Readonly<Record<string, Reference>>, from: Boxes, to: string): void {
    for (const [port, reference] of Object.entries(refs)) this.#wires.push({ reference, port, from, to });
  }

  #frame(title: string, draw: () => void): void {
    this.#line(`subgraph ${this.#name()}[${quote(title)}]`);
    this.#depth += 1;
    draw();
    this.#depth -= 1;
    this.#line('end');
  }

  #box(label: readonly string[], open: string, close: string): string {
    const name = this.#name();
    this.#line(`${name}${open}"${label.map(escape).join('<br>')}"${close}`);
    return name;
  }

  #name(): string {
    this.#names += 1;
    return `n${this.#names}`;
  }

  #line(text: string): void {
    this.#lines.push(`${'  '.repeat(this.#depth)}${text}`);
  }
}

const show = (value: ParamEntry): string => (typeof value === 'object' ? `$${value.$param}` : String(value));

const quote = (text: string): string => `"${escape(text)}"`;

/** Mermaid's entities for what would end a label or be read as markup; line breaks and tabs become spaces. */
function escape(text: string): string {
  const entities = text.replaceAll(/["#&<>\\`[\]{}|]/g, (character) => `#${String(character.codePointAt(0))};`);
  return visible(entities.replaceAll(/\s+/gu, ' '));
}
