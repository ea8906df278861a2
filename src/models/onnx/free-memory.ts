import { freemem } from 'node:os';

/** Bytes of memory that this process may still take; before Node 20.13, what the machine has left. */
const availableMemory = (): number =>
  typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();

/** What keys and values may take where nobody says it: rows that wait are better than a process that is killed. */
export const cacheBytesByDefault = (): number => availableMemory() / 2;
