import type { DeviceMemory } from '../backend.js';

/** What the pool takes buffers from. */
export interface BufferSource {
  readonly create: (descriptor: GPUBufferDescriptor) => GPUBuffer;
}

/** As much as may lie spare beside a model that is small, or none, in bytes. */
const spareAtLeast = 64 * 2 ** 20;

/** In place of a state of trust: made with what is in them, and not kept. */
const ownContents = -1;

/**
 * The buffers of a device, those in use and those kept for the next of the same size and usage. The library's own manager
 * keeps everything for ever: caches, which have another size every few tokens, would fill the device with their predecessors. Here no
 * more lies spare than is in use, what lay longest goes first, and nothing is left when nothing is in use.
 *
 * What comes from the host goes into buffers that are made with it. The library would copy it into a spare one by a command, and a device
 * drops all commands that were sent together when it refuses what one of them needs: weights would stay zeros for good.
 */
export class BufferPool {
  readonly #source: BufferSource;
  readonly #spareAtLeast: number;
  /** Buffers in use, with the state of trust they were made in. */
  readonly #used = new Map<GPUBuffer, number>();
  /** By size and usage, those that lay longest first. */
  readonly #spare = new Map<string, GPUBuffer[]>();
  #bytes = 0;
  #spareBytes = 0;
  #trust = 0;
  /** Where those that are acquired are noted. */
  #noted: GPUBuffer[] | undefined;

  constructor(source: BufferSource, least = spareAtLeast) {
    this.#source = source;
    this.#spareAtLeast = least;
  }

  get memory(): DeviceMemory {
    const spareBuffers = [...this.#spare.values()].reduce((sum, buffers) => sum + buffers.length, 0);
    return { buffers: this.#used.size, bytes: this.#bytes, spareBuffers, spareBytes: this.#spareBytes };
  }

  acquire(size: number, usage: number, mappedAtCreation: boolean, reuse: boolean): GPUBuffer {
    const kept = reuse && !mappedAtCreation ? this.#spare.get(keyOf({ size, usage }))?.pop() : undefined;
    if (kept !== undefined) this.#spareBytes -= size;
    const buffer = kept ?? this.#source.create({ size, usage, mappedAtCreation });
    this.#used.set(buffer, mappedAtCreation ? ownContents : this.#trust);
    this.#bytes += size;
    this.#noted?.push(buffer);
    return buffer;
  }

  /** What `use` gives; the buffers that it has acquired when it returns, or throws, are noted in `acquired`. */
  noting<T>(acquired: GPUBuffer[], use: () => T): T {
    this.#noted = acquired;
    try {
      return use();
    } finally {
      this.#noted = undefined;
    }
  }

  release(buffer: GPUBuffer, reuse: boolean): void {
    const trust = this.#used.get(buffer);
    // Tensors may outlive the backend, with which their buffers went.
    if (trust === undefined) return;
    this.#used.delete(buffer);
    this.#bytes -= buffer.size;
    if (reuse && trust === this.#trust) this.#keep(buffer);
    else buffer.destroy();
    this.#trim(this.#used.size === 0 ? 0 : Math.max(this.#spareAtLeast, this.#bytes));
  }

  /** The device has refused memory: any buffer may be one that it never made, and all that lie spare are wanted. */
  distrust(): void {
    this.#trust += 1;
    this.#trim(0);
  }

  dispose(): void {
    this.#trim(0);
    for (const buffer of this.#used.keys()) buffer.destroy();
    this.#used.clear();
    this.#bytes = 0;
  }

  #keep(buffer: GPUBuffer): void {
    const key = keyOf(buffer);
    const alike = this.#spare.get(key) ?? [];
    alike.push(buffer);
    this.#spareBytes += buffer.size;
    // A map goes over its keys in the order in which they were set.
    this.#spare.delete(key);
    this.#spare.set(key, alike);
  }

  #trim(most: number): void {
    for (const [key, buffers] of this.#spare) {
      while (this.#spareBytes > most) {
        const buffer = buffers.pop();
        if (buffer === undefined) break;
        this.#spareBytes -= buffer.size;
        buffer.destroy();
      }
      if (buffers.length === 0) this.#spare.delete(key);
      if (this.#spareBytes <= most) return;
    }
  }
}

const keyOf = ({ size, usage }: Pick<GPUBuffer, 'size' | 'usage'>): string => `${size} ${usage}`;
