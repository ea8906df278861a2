/** One thing that is wrong in a document. */
export interface Fault {
  /** JSON path of the place, for example `$.nodes.blocks.body.denoise.in.cache`. */
  readonly path: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  /** A name that was probably meant. */
  readonly suggestion?: string;
}
