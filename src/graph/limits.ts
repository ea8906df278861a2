/** Bounds on documents, far above what a sampler needs, so that no input can exhaust the stack or the memory. */

/** Levels of objects and lists in a document, and of bodies and branches after subgraphs were inlined. */
export const maxDepth = 128;

/** Values (objects, lists, strings, numbers, ...) in one document. */
export const maxValues = 500_000;

/** Characters in the text of one document. */
export const maxTextLength = 16 * 1024 * 1024;

/** Nodes of one pipeline after subgraphs were inlined. */
export const maxNodes = 10_000;

/** Faults listed for one document; a last one says that there are more. */
export const maxFaults = 1000;
