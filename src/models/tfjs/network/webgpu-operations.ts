import type { KernelConfig, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { isRecord } from '../../../graph/is-record.js';
import { geluCurve, layerNormEpsilon } from '../../checkpoint/fold.js';
import type { Tf } from '../backend.js';
import { undoable } from '../undo.js';
import type { LayerOperations, LayerSizes } from './layer-operations.js';

/**
 * The operations between products as one WebGPU program each, where the library takes four to ten: on a graphics card a small one
 * costs as much as its dispatch. `null` on other backends, and where the inside of the library is not as expected.
 */
export function webgpuOperations(tf: Tf, { heads, hidden }: LayerSizes): LayerOperations | null {
  if (!isWebgpu(tf.backend())) return null;
  if (!registered.has(tf)) registerKernels(tf);
  registered.add(tf);
  const width = hidden / heads;
  const run = (name: Kernel, inputs: Readonly<Record<string, Tensor>>, attrs: Attributes): Tensor =>
    tf.engine().runKernel<Tensor>(kernelName(name), { ...inputs }, { ...attrs });
  return {
    normalise: (x) => run('normalise', { x }, { shape: x.shape }),
    gelu: (x) => run('gelu', { x }, { shape: x.shape }),
    heads: (packed, { rows, queries, outputs }, { cos, sin }) => ({
      q: run('queries', { x: packed, cos, sin }, { shape: [rows, heads, outputs, width], queries }),
      fresh: {
        keys: run('keys', { x: packed, cos, sin }, { shape: [rows, heads, width, queries], queries }),
        values: run('values', { x: packed }, { shape: [rows, heads, queries, width], queries }),
      },
    }),
  };
}

const registered = new WeakSet<Tf>();
const kernelName = (kernel: Kernel): string => `Samplewire ${kernel}`;

interface Attributes {
  /** Of what comes out. */
  readonly shape: readonly number[];
  /** Tokens a row. */
  readonly queries?: number;
}

/** What is used of the WebGPU backend (tfjs-backend-webgpu 4.22). */
interface Webgpu {
  runWebGPUProgram(
    program: Program,
    inputs: readonly TensorInfo[],
    dtype: 'float32',
    uniforms: readonly { readonly type: 'int32'; readonly data: readonly number[] }[],
  ): TensorInfo;
}

/** A program of that backend; it adds the names of inputs, and of `uniforms`, to the code. */
interface Program {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly dispatchLayout: { readonly x: readonly number[] };
  readonly dispatch: readonly [number, number, number];
  readonly workgroupSize: readonly [number, number, number];
  readonly uniforms: string;
  readonly size: boolean;
  readonly shaderKey: string;
  getUserCode(): string;
}

const isWebgpu = (backend: unknown): backend is Webgpu =>
  isRecord(backend) && typeof backend['runWebGPUProgram'] === 'function';

const threads = 64;

/** One thread an element of what comes out; `value` is an expression of its `index`. */
const elementwise = (value: string, before = ''): string => `
  ${before}
  fn main(index : i32) {
    if (index < uniforms.size) { setOutputAtIndex(index, ${value}); }
  }`;

/** Where a head of the packed projections' part 0, 1 or 2 (queries, keys, values) begins for a token of a row. */
const packed = (heads: string, width: string, part: number): string => `
  fn place(row : i32, token : i32, head : i32) -> i32 {
    return ((row * uniforms.queries + token) * 3 * ${heads} + ${part} * ${heads} + head) * ${width};
  }`;
/** An element of a head whose halves (a, b) are turned by their angle to (a cos - b sin, b cos + a sin). */
const turned = (width: string): string => `
  fn turned(row : i32, token : i32, head : i32, i : i32) -> f32 {
    let start = place(row, token, head);
    let half = ${width} / 2;
    let angle = (row * uniforms.queries + token) * ${width} + i;
    var other = 0.0;
    if (i < half) { other = -x[start + i + half]; } else { other = x[start + i - half]; }
    return x[start + i] * cos[angle] + other * sin[angle];
  }`;

const codes = {
  gelu: elementwise(
    'activated(x[index])',
    `fn activated(y : f32) -> f32 { return y / (1.0 + exp(-y * (${geluCurve} * y * y + 1.0))); }`,
  ),
  // One group of threads a row.
  normalise: `
    var<workgroup> sums : array<f32, ${threads}>;
    fn main(index : i32) {
      let row = index / ${threads};
      let lane = i32(localId.x);
      let size = uniforms.xShape.y;
      let end = select(0, size, row < uniforms.xShape.x);
      var sum = 0.0;
      for (var i = lane; i < end; i += ${threads}) {
        let value = x[row * size + i];
        sum += value * value;
      }
      sums[lane] = sum;
      workgroupBarrier();
      for (var half = ${threads / 2}; half > 0; half /= 2) {
        if (lane < half) { sums[lane] += sums[lane + half]; }
        workgroupBarrier();
      }
      let factor = inverseSqrt(sums[0] / f32(size) + ${layerNormEpsilon});
      for (var i = lane; i < end; i += ${threads}) {
        setOutputAtIndex(row * size + i, x[row * size + i] * factor);
      }
    }`,
  queries: elementwise(
    'asked(getCoordsFromIndex(index))',
    `${packed('uniforms.outShape.y', 'uniforms.outShape.w', 0)} ${turned('uniforms.outShape.w')}
    fn asked(at : vec4<i32>) -> f32 {
      return turned(at.x, uniforms.queries - uniforms.outShape.z + at.z, at.y, at.w);
    }`,
  ),
  keys: elementwise(
    'key(getCoordsFromIndex(index))',
    `${packed('uniforms.outShape.y', 'uniforms.outShape.z', 1)} ${turned('uniforms.outShape.z')}
    fn key(at : vec4<i32>) -> f32 { return turned(at.x, at.w, at.y, at.z); }`,
  ),
  values: elementwise(
    'value(getCoordsFromIndex(index))',
    `${packed('uniforms.outShape.y', 'uniforms.outShape.w', 2)}
    fn value(at : vec4<i32>) -> f32 { return x[place(at.x, at.z, at.y) + at.w]; }`,
  ),
};

type Kernel = keyof typeof codes;

function registerKernels(tf: Tf): void {
  const register = (kernel: Kernel, inputNames: readonly string[]): void => {
    const config: KernelConfig = {
      kernelName: kernelName(kernel),
      backendName: 'webgpu',
      kernelFunc: ({ inputs, attrs, backend }) => {
        const given = inputNames.map((name) => inputs[name]);
        const { shape, queries } = attrs ?? {};
        if (!isWebgpu(backend) || !Array.isArray(shape)) throw new Error(`${kernelName(kernel)} got no tensors`);
        const outputShape = shape.map(Number);
        const size = outputShape.reduce((a, b) => a * b, 1);
        const groups = kernel === 'normalise' ? (outputShape[0] ?? 0) : Math.ceil(size / threads);
        const hasQueries = queries !== undefined;
        const program: Program = {
          variableNames: inputNames,
          outputShape,
          dispatchLayout: { x: outputShape.map((_, axis) => axis) },
          dispatch: [groups, 1, 1],
          workgroupSize: [threads, 1, 1],
          uniforms: hasQueries ? 'queries : i32,' : '',
          size: true,
          shaderKey: kernelName(kernel),
          getUserCode: () => codes[kernel],
        };
        const tensors = given.flatMap((tensor) => (tensor === undefined ? [] : [tensor]));
        const uniforms = hasQueries ? [{ type: 'int32', data: [Number(queries)] } as const] : [];
        return backend.runWebGPUProgram(program, tensors, 'float32', uniforms);
      },
    };
    tf.registerKernel(undoable(config));
  };
  register('normalise', ['x']);
  register('gelu', ['x']);
  register('queries', ['x', 'cos', 'sin']);
  register('keys', ['x', 'cos', 'sin']);
  register('values', ['x']);
}
