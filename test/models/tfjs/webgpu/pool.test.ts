import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../../src/models/tfjs/webgpu/pool.js';

/** A device that knows which of its buffers are there. */
function device() {
  const live = new Set<GPUBuffer>();
  let made = 0;
  const create = ({ size, usage }: GPUBufferDescriptor): GPUBuffer => {
    made += 1;
    const buffer = { size, usage, destroy: () => void live.delete(buffer) } as GPUBuffer;
    live.add(buffer);
    return buffer;
  };
  const bytes = (): number => [...live].reduce((sum, { size }) => sum + size, 0);
  return { create, live, bytes, made: () => made };
}

const usage = 7;
const take = (pool: BufferPool, size: number, use = usage): GPUBuffer => pool.acquire(size, use, false, true);

describe('a pool of buffers', () => {
  it('gives a buffer that was given back to the next of the same size and usage, and to no other', () => {
    const gpu = device();
    const pool = new BufferPool(gpu);
    const held = take(pool, 1);
    const first = take(pool, 64);
    pool.release(first, true);
    expect(take(pool, 65)).not.toBe(first);
    expect(take(pool, 64, usage + 1)).not.toBe(first);
    expect(pool.acquire(64, usage, false, false)).not.toBe(first);
    expect(take(pool, 64)).toBe(first);
    expect(take(pool, 64)).not.toBe(first);
    expect(gpu.live.has(held)).toBe(true);
  });

  it('destroys what is not to be used again', () => {
    const gpu = device();
    const pool = new BufferPool(gpu);
    take(pool, 1);
    const staging = take(pool, 64);
    pool.release(staging, false);
    expect(gpu.live.has(staging)).toBe(false);
  });

  it('makes a buffer with what is in it anew, and keeps none', () => {
    const gpu = device();
    const pool = new BufferPool(gpu);
    take(pool, 1);
    const spare = take(pool, 64);
    pool.release(spare, true);
    const filled = pool.acquire(64, usage, true, true);
    expect(filled).not.toBe(spare);
    pool.release(filled, true);
    expect([spare, filled].map((buffer) => gpu.live.has(buffer))).toEqual([true, false]);
  });

  it('lets nothing lie when nothing is in use', () => {
    const gpu = device();
    const pool = new BufferPool(gpu);
    const buffers = [8, 16, 8].map((size) => take(pool, size));
    for (const buffer of buffers) pool.release(buffer, true);
    expect(gpu.live.size).toBe(0);
    expect(pool.memory).toEqual({ buffers: 0, bytes: 0, spareBuffers: 0, spareBytes: 0 });
  });

  it('gives up what lay longest', () => {
    const gpu = device();
    const pool = new BufferPool(gpu, 100);
    take(pool, 1);
    const [old, middle, recent] = [take(pool, 40), take(pool, 41), take(pool, 42)];
    for (const buffer of [old, middle, recent]) pool.release(buffer, true);
    expect([old, middle, recent].map((buffer) => gpu.live.has(buffer))).toEqual([false, true, true]);
  });

  it('trusts no buffer any more that was there when memory was refused', () => {
    const gpu = device();
    const pool = new BufferPool(gpu);
    const held = take(pool, 1);
    const [spare, doubtful] = [take(pool, 16), take(pool, 8)];
    pool.release(spare, true);
    pool.distrust();
    expect(gpu.live.has(spare)).toBe(false);
    pool.release(doubtful, true);
    expect(take(pool, 8)).not.toBe(doubtful);
    expect(gpu.live.has(held)).toBe(true);
  });

  it('is done with buffers that come back after its end', () => {
    const gpu = device();
    const pool = new BufferPool(gpu);
    const late = take(pool, 8);
    pool.dispose();
    expect(gpu.live.size).toBe(0);
    pool.release(late, true);
    expect(pool.memory).toEqual({ buffers: 0, bytes: 0, spareBuffers: 0, spareBytes: 0 });
  });

  it('counts what the device holds, never hands out a buffer twice, and keeps no more spare than in use', () => {
    const moves = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 6 }), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(moves, fc.nat(30), (steps, least) => {
        const gpu = device();
        const pool = new BufferPool(gpu, least);
        const used: GPUBuffer[] = [];
        for (const [at, size, reuse] of steps) {
          if (at % 2 === 0) {
            const buffer = pool.acquire(size, usage, false, reuse);
            expect(used).not.toContain(buffer);
            expect(gpu.live.has(buffer)).toBe(true);
            used.push(buffer);
          } else if (used.length > 0) {
            const [buffer] = used.splice(at % used.length, 1);
            if (buffer !== undefined) pool.release(buffer, reuse);
          }
          const { buffers, bytes, spareBuffers, spareBytes } = pool.memory;
          expect([buffers, buffers + spareBuffers]).toEqual([used.length, gpu.live.size]);
          expect(bytes).toBe(used.reduce((sum, buffer) => sum + buffer.size, 0));
          expect(bytes + spareBytes).toBe(gpu.bytes());
          // What is used sinks only when something is given back, and then the pool is trimmed.
          if (at % 2 === 1) expect(spareBytes).toBeLessThanOrEqual(used.length === 0 ? 0 : Math.max(least, bytes));
        }
        expect(gpu.made()).toBeGreaterThanOrEqual(gpu.live.size);
      }),
    );
  });
});
