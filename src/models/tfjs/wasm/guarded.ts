import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import type { TensorBackend } from '../backend.js';
import { Journal } from '../undo.js';
import { addressable, type WasmHealth } from './health.js';
import type { WasmBackend, WasmFunction } from './inside.js';

/** Room that is left to what kernels take by themselves, in one piece: they stop the module where they find none. */
const leastReserve = 64 * 2 ** 20;

/**
 * Makes a started WASM backend say where there is no room, and where it has stopped. By itself it takes the address 0 for memory when there
 * is none and writes there, over what the module works with: from then on every call fails, or gives anything. Nothing is left behind of
 * what is thrown here. Gives what puts weights where they are computed with.
 */
export function guardWasm(backend: WasmBackend, health: WasmHealth): NonNullable<TensorBackend['place']> {
  const module = backend.wasm;
  // The first call of each puts the real function in its own place.
  module._free(module._malloc(1));
  const [malloc, free, cwrap] = [module._malloc.bind(module), module._free.bind(module), module.cwrap.bind(module)];
  let reserve = leastReserve;

  const calling =
    <G extends readonly unknown[], T>(call: (...given: G) => T) =>
    (...given: G): T => {
      health.requireAlive();
      try {
        const result = call(...given);
        // A kernel may have told of what it could not do.
        health.requireAlive();
        return result;
      } catch (error) {
        throw health.died(error);
      }
    };
  const hasReserve = (): boolean => {
    if (module.HEAPU8.length + reserve <= addressable) return true;
    const at = malloc(reserve);
    if (at !== 0) free(at);
    return at !== 0;
  };
  const allocate = (bytes: number): number => {
    // More than 32 bits would be taken for what is left of them.
    const at = bytes > addressable ? 0 : malloc(bytes);
    if (at !== 0 && hasReserve()) return at;
    if (at !== 0) free(at);
    return 0;
  };
  const taking = calling(allocate);
  const { registerTensor, disposeData } = module.tfjs;
  Object.assign(module, {
    _malloc: (bytes: number): number => {
      const at = taking(bytes);
      if (at === 0) throw health.memoryRefused(bytes);
      return at;
    },
    _free: calling(free),
    cwrap: (...given: Parameters<typeof cwrap>): WasmFunction => calling(cwrap(...given)),
  });
  Object.assign(module.tfjs, { registerTensor: calling(registerTensor), disposeData: calling(disposeData) });
  guardData(backend, health);
  return ({ size }) => {
    // A matrix is copied when it is first multiplied with.
    reserve = Math.max(reserve, leastReserve + size * Float32Array.BYTES_PER_ELEMENT);
  };
}

/** What the backend has of data. */
function guardData(backend: WasmBackend, health: WasmHealth): void {
  const journal = new Journal();
  const write = backend.write.bind(backend);
  const incRef = backend.incRef.bind(backend);
  const disposeData = backend.disposeData.bind(backend);
  const readSync = backend.readSync.bind(backend);
  const dispose = backend.dispose.bind(backend);
  Object.assign(backend, {
    undoing: <T>(kernel: () => T): T => journal.run(kernel, (dataId) => backend.disposeData(dataId)),
    write: (values: BackendValues, shape: number[], dtype: DataType): object => {
      const data = write(values, shape, dtype);
      journal.note(data, 1);
      return data;
    },
    incRef: (dataId: object): void => {
      incRef(dataId);
      journal.note(dataId, 1);
    },
    disposeData: (dataId: object, force?: boolean): boolean => {
      journal.note(dataId, -1);
      try {
        if (!health.isDead) return disposeData(dataId, force);
      } catch {
        // The module has stopped, and whoever lets go of something need not know.
      }
      backend.dataIdMap.delete(dataId);
      return true;
    },
    readSync: (...given: Parameters<typeof readSync>): BackendValues => {
      health.requireAlive();
      return readSync(...given);
    },
    dispose: (): void => {
      if (!health.isDead) {
        dispose();
        return;
      }
      backend.wasm.PThread?.terminateAllThreads();
      // Its memory goes, whoever still knows the backend.
      Reflect.set(backend, 'wasm', null);
    },
  });
}
