import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Device } from '../../../../src/models/onnx/device/device.js';
import { KeyValuePrograms, type KeyValueArrays } from '../../../../src/models/onnx/device/key-value-programs.js';
import { deviceCosts } from '../../../../src/models/onnx/device/costs.js';
import { DeviceStorage, type DeviceStored } from '../../../../src/models/onnx/device/storage.js';
import type { KeyValueData } from '../../../../src/models/onnx/network/network.js';
import { capacityUnit } from '../../../../src/models/onnx/engine/slot-storage.js';
import { Slots } from '../../../../src/models/onnx/engine/slots.js';
import type { FreshRange } from '../../../../src/models/onnx/engine/storage.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';
import { checkSlots, freshOf, size, step, tokensAt, type CheckedSlots } from '../support/slot-texts.js';

const { heads, width } = size;
const hidden = heads * width;

/** A device's memory that is full after so many more arrays. */
class LimitedPrograms extends KeyValuePrograms {
  left = Infinity;

  override allocate(length: number): ReturnType<KeyValuePrograms['allocate']> {
    this.left -= 1;
    return this.left < 0 ? Promise.reject(new Error('out of memory')) : super.allocate(length);
  }
}

describe('keys and values on a device', () => {
  let device: Device;
  let programs: LimitedPrograms;
  let storage: DeviceStorage;
  let made: { readonly fresh: readonly KeyValueArrays[]; readonly tokens: number } = { fresh: [], tokens: 0 };
  const letGo = () => {
    for (const { keys, values } of made.fresh) [keys, values].forEach((array) => array.dispose());
    made = { fresh: [], tokens: 0 };
  };

  beforeEach(async () => {
    device = await Device.open(await loadOnnxRuntime(), 'cpu');
    programs = new LimitedPrograms(device, size);
    storage = new DeviceStorage(programs, size);
  });
  afterEach(async () => {
    letGo();
    await storage.dispose();
    expect(device.counters).toMatchObject({ arrays: 0, bytes: 0, reads: 0 });
    await device.dispose();
  });

  /** What a pass would leave on the device: [tokens, heads, width] in place of [heads, tokens, width]. */
  async function leave({ layers, positions }: FreshRange): Promise<void> {
    letGo();
    const part = async (data: Float32Array) => {
      const array = await device.allocate(positions * hidden);
      const into = array.view([positions * hidden]).data;
      data.forEach((value, i) => {
        const [head, position, at] = [Math.floor(i / width / positions), Math.floor(i / width) % positions, i % width];
        into[position * hidden + head * width + at] = value;
      });
      return array;
    };
    const fresh: KeyValueArrays[] = [];
    for (const { keys, values } of layers) fresh.push({ keys: await part(keys), values: await part(values) });
    made = { fresh, tokens: positions };
  }

  /** As passes on the processor have it: keys are turned back. */
  async function read(rows: number): Promise<KeyValueData[]> {
    const past = await storage.past(rows);
    const { capacity } = storage;
    return past.map(({ keys, values }) => {
      expect([keys.dims, values.dims]).toEqual([
        [rows, heads, width, capacity],
        [rows, heads, capacity, width],
      ]);
      const turned = Float32Array.from({ length: rows * hidden * capacity }, (_, i) => {
        const [head, position, at] = [Math.floor(i / width / capacity), Math.floor(i / width) % capacity, i % width];
        return Number(keys.data[(head * width + at) * capacity + position]);
      });
      return { keys: turned, values: Float32Array.from(values.data, Number) };
    });
  }

  async function write(slot: number, position: number, fresh: FreshRange): Promise<void> {
    await leave(fresh);
    storage.write(slot, position, { start: fresh.start, count: fresh.count });
    await storage.append(made.fresh, made.tokens);
  }

  it('are what was written, whatever happens to slots, and however much of it at once', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.constantFrom(0, 2 ** 30),
        fc.integer({ min: 1, max: 5 }),
        async (steps, keepBytes, every) => {
          storage = new DeviceStorage(programs, size);
          const slots = new Slots(storage, deviceCosts, keepBytes);
          let pending: FreshRange | undefined;
          const checked: CheckedSlots<DeviceStored> = {
            slots,
            storedOf: (fresh) => {
              pending = fresh;
              return { start: fresh.start, count: fresh.count };
            },
            settle: async () => {
              if (pending !== undefined) await leave(pending);
              await storage.append(made.fresh, made.tokens);
            },
            read: ({ first, rows }) => {
              expect(first).toBe(0);
              return read(rows);
            },
          };
          await checkSlots(checked, steps, every);
          letGo();
          // Where nobody has anything, nothing is left on the device.
          expect(device.counters.arrays).toBe(0);
          expect(slots.usage.bytes).toBe(0);
        },
      ),
      { numRuns: 40 },
    ));

  it('come from several calls of one pass at once, and what one of them has left that failed is not among them', async () => {
    const fresh = freshOf(10, 6, 0);
    storage.resize(capacityUnit);
    await leave(fresh);
    storage.write(0, 0, { start: 0, count: 2 });
    storage.write(2, 5, { start: 4, count: 2 });
    await storage.append(made.fresh, made.tokens);
    const past = await read(3);
    expect(tokensAt(past, 0, capacityUnit, 2)).toEqual([10, 11]);
    expect(tokensAt(past, 2, capacityUnit, 7).slice(5)).toEqual([14, 15]);
    // The slot in between is empty.
    expect(
      past[0]?.values.subarray(hidden * capacityUnit, 2 * hidden * capacityUnit).every((value) => value === 0),
    ).toBe(true);
  });

  it('go along with a slot that is copied or moved before they are there', async () => {
    storage.resize(capacityUnit);
    await write(0, 0, freshOf(0, 4, 0));
    await leave(freshOf(20, 3, 0));
    storage.write(0, 4, { start: 0, count: 3 });
    storage.copy(0, 1, 6);
    storage.swap(0, 7, 3);
    await storage.append(made.fresh, made.tokens);
    const past = await read(4);
    expect(tokensAt(past, 1, capacityUnit, 6)).toEqual([0, 1, 2, 3, 20, 21]);
    expect(tokensAt(past, 3, capacityUnit, 7)).toEqual([0, 1, 2, 3, 20, 21, 22]);
  });

  it('stay as they are where there is no room for more, and are told to be gone where half of them have moved', async () => {
    storage.resize(capacityUnit);
    await write(0, 0, freshOf(0, 4, 0));
    programs.left = 0;
    storage.resize(2 * capacityUnit);
    await expect(storage.past(1)).rejects.toThrow('out of memory');
    storage.resize(capacityUnit);
    expect(tokensAt(await read(1), 0, capacityUnit, 4)).toEqual([0, 1, 2, 3]);
    programs.left = 1;
    storage.resize(2 * capacityUnit);
    await expect(storage.past(1)).rejects.toThrow(/lost.*begun again \(out of memory\)/);
    programs.left = Infinity;
    await expect(storage.past(1)).rejects.toThrow('begun again');
    await expect(write(0, 4, freshOf(4, 1, 0))).rejects.toThrow('begun again');
    // Nobody has anything any more, and somebody begins.
    storage.resize(0);
    storage.resize(capacityUnit);
    await write(0, 0, freshOf(30, 2, 0));
    expect(tokensAt(await read(1), 0, capacityUnit, 2)).toEqual([30, 31]);
    await storage.dispose();
    letGo();
    expect(device.counters.arrays).toBe(0);
  });

  it('stay in slots that were taken since memory was to be given back', async () => {
    storage.resize(capacityUnit);
    await write(2, 0, freshOf(0, 4, 0));
    storage.rebuild([4]);
    // As many rows as there is memory for, so that nothing has to move.
    await read(3);
    await write(2, 0, freshOf(20, 3, 0));
    await read(1);
    expect(tokensAt(await read(3), 2, capacityUnit, 3)).toEqual([20, 21, 22]);
  });

  it('go on in the room there is, when there was none for a longer text', async () => {
    storage.resize(capacityUnit);
    await write(0, 0, freshOf(0, 4, 0));
    programs.left = 0;
    storage.resize(2 * capacityUnit);
    await expect(write(1, capacityUnit, freshOf(50, 1, 0))).rejects.toThrow('out of memory');
    expect(storage.capacity).toBe(capacityUnit);
    expect(tokensAt(await read(1), 0, capacityUnit, 4)).toEqual([0, 1, 2, 3]);
    await write(0, 4, freshOf(4, 1, 0));
    expect(tokensAt(await read(1), 0, capacityUnit, 5)).toEqual([0, 1, 2, 3, 4]);
  });

  it('go on where they are, when there was no room for a copy', async () => {
    storage.resize(capacityUnit);
    await write(0, 0, freshOf(0, 4, 0));
    programs.left = 0;
    storage.copy(0, 1, 2);
    await expect(write(1, 2, freshOf(50, 1, 0))).rejects.toThrow('out of memory');
    expect(tokensAt(await read(1), 0, capacityUnit, 4)).toEqual([0, 1, 2, 3]);
    programs.left = Infinity;
    storage.copy(0, 1, 2);
    await write(1, 2, freshOf(50, 1, 0));
    expect(tokensAt(await read(2), 1, capacityUnit, 3)).toEqual([0, 1, 50]);
  });

  it('have indices of 32 bits', async () => {
    storage.resize(2 ** 20);
    const slots = 2 ** 31 / hidden / 2 ** 20;
    const allocate = programs.allocate.bind(programs);
    programs.allocate = () => allocate(1);
    storage.write(slots - 1, 0, { start: 0, count: 1 });
    await expect(storage.append([], 1)).rejects.toThrow(/too many for one array/);
  });
});
