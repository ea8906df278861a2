/** Bounds on documents, far above what a sampler needs, so that no input can exhaust the stack, the memory or the time. */

/** Levels of objects and lists in a document, and of bodies and branches after subgraphs were inlined. */
export const maxDepth = 128;

/** Values (objects, lists, strings, numbers, ...) in a document and in all that it includes. */
export const maxValues = 500_000;

/** Characters in the text of one document, and bytes in its file. */
export const maxTextLength = 8 * 1024 * 1024;

/** Documents that one pipeline includes, directly or through others. */
export const maxFiles = 256;

/** Characters in the texts of a document and of all that it includes. */
export const maxTotalText = 16 * 1024 * 1024;

/** Characters in a key of a document, in a path to another document, and in the name of a module. */
export const maxKeyLength = 1000;

/** Nodes of one pipeline after subgraphs were inlined. */
export const maxNodes = 10_000;

/** Faults listed for one document; a last one says that there are more. */
export const maxFaults = 1000;

/** Characters in each field of a fault. */
export const maxFieldText = 1000;

/** Characters in all listed faults. Faults beyond them are only counted. */
export const maxFaultText = 512 * 1024;
