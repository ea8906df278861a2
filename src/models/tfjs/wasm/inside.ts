import type { KernelBackend } from '@tensorflow/tfjs-core';
import { isRecord } from '../../../graph/is-record.js';

/** A function of the WASM module, with what it takes as numbers or bytes. */
export type WasmFunction = (...given: (number | Uint8Array)[]) => unknown;

/** What is used of the module inside the WASM backend (tfjs-backend-wasm 4.22). */
export interface WasmModule {
  readonly HEAPU8: Uint8Array;
  /** 0 where there is no room; signed beyond 2 GiB. */
  _malloc(bytes: number): number;
  _free(at: number): void;
  cwrap(name: string, returns: string | null, takes: readonly string[]): WasmFunction;
  readonly tfjs: {
    readonly registerTensor: (id: number, size: number, memoryOffset: number) => void;
    readonly disposeData: (id: number) => void;
  };
  /** The threads, where the module has some. */
  readonly PThread?: { terminateAllThreads(): void };
}

interface Info {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: 'float32';
}

/** What is used of the backend itself, beside what all backends have. */
export interface WasmBackend extends KernelBackend {
  readonly dataIdMap: {
    get(dataId: object): { readonly memoryOffset: number };
    delete(dataId: object): boolean;
  };
  makeOutput(shape: number[], dtype: 'float32'): Info;
  wasm: WasmModule;
}

/** Whether all that is used is there. */
export function isWasm(backend: unknown): backend is WasmBackend {
  if (!isRecord(backend)) return false;
  const { wasm, dataIdMap, makeOutput } = backend;
  if (!isRecord(dataIdMap) || !isRecord(wasm)) return false;
  const { _malloc, _free, cwrap, tfjs, HEAPU8 } = wasm;
  if (!isRecord(tfjs) || !(HEAPU8 instanceof Uint8Array)) return false;
  const { registerTensor, disposeData } = tfjs;
  const used = [makeOutput, dataIdMap['get'], dataIdMap['delete'], _malloc, _free, cwrap, registerTensor, disposeData];
  return used.every((member) => typeof member === 'function');
}
