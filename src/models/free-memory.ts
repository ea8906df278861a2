import { freemem } from 'node:os';

/** Bytes of memory that this process may still take; before Node 20.13, what the machine has left. */
export const availableMemory = (): number =>
  typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();
