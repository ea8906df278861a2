import { freemem } from 'node:os';
import type { Provider } from './network/provider.js';

/** Bytes of memory that this process may still take; before Node 20.13, what the machine has left. */
const availableMemory = (): number =>
  typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();

/** What a device is taken to have room for, since nothing says how much memory it has. */
const deviceBytes = 2 * 2 ** 30;

/** What keys and values may take where nobody says it: rows that wait are better than a process that is killed. */
export const cacheBytesByDefault = (provider: Provider): number =>
  Math.min(availableMemory() / 2, provider === 'webgpu' ? deviceBytes : Infinity);
