import { canonicalJson } from '../canonical.js';
import type { GraphDocument, PipelineDocument } from '../document.js';
import { InputError } from '../input-error.js';
import { currentFormat } from '../migrations.js';
import { namePattern } from '../names.js';

/** The subgraphs of a pipeline while it is built. */
export class Subgraphs {
  readonly #graphs = new Map<string, GraphDocument>();
  readonly #imports = new Set<string>();

  get entries(): Readonly<Record<string, GraphDocument>> {
    return Object.fromEntries(this.#graphs);
  }

  /** The modules that the pipelines among them import. */
  get imports(): ReadonlySet<string> {
    return this.#imports;
  }

  /**
   * Takes in a pipeline and its own subgraphs. Throws an `InputError` where its name is no plain name, or
   * names another subgraph.
   */
  include(document: PipelineDocument): void {
    const { name, imports = [], graphs = {} } = document;
    if (!namePattern.test(name))
      throw new InputError(`a pipeline named "${name}" cannot be a subgraph: use a plain name`);
    for (const module of imports) this.#imports.add(module);
    for (const [inner, graph] of Object.entries(graphs)) this.#add(inner, graph);
    this.#add(name, graphOf(document));
  }

  #add(name: string, graph: GraphDocument): void {
    const known = this.#graphs.get(name);
    if (known !== undefined && textOf(known) !== textOf(graph)) {
      throw new InputError(`two different subgraphs are named "${name}"`);
    }
    this.#graphs.set(name, graph);
  }
}

function graphOf({ description, params, inputs, nodes, outputs, layout }: PipelineDocument): GraphDocument {
  return {
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
    ...(inputs === undefined ? {} : { inputs }),
    nodes,
    outputs,
    ...(layout === undefined ? {} : { layout }),
  };
}

const textOf = (graph: GraphDocument): string => canonicalJson({ ...graph, format: currentFormat, name: '' });
