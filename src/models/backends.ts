/** Backends on the tensor library, which trains as well as it decodes. */
export const tensorBackends = ['webgpu', 'tensorflow', 'wasm', 'cpu'] as const;

export type TensorBackendName = (typeof tensorBackends)[number];

/** Backends on ONNX Runtime: one engine with an execution provider each. */
export const onnxBackends = ['onnx', 'onnx-webgpu', 'onnx-cuda'] as const;

export type OnnxBackendName = (typeof onnxBackends)[number];

/** Names of the backends that a model can be opened on. */
export const backends = [...onnxBackends, ...tensorBackends] as const;

export type BackendName = (typeof backends)[number];

/** In place of a backend's name: the fastest that computes the model rightly on this machine. */
export const automatic = 'auto';

/** What a person may name where a model is opened. */
export const backendWishes = [...backends, automatic] as const;

/** What `auto` looks at, in this order. Plain JavaScript is never the fastest. */
export const candidates = ['onnx', 'onnx-cuda', 'webgpu', 'onnx-webgpu', 'tensorflow', 'wasm'] as const;

export type CandidateName = (typeof candidates)[number];

export const isOnnxBackend = (name: BackendName): name is OnnxBackendName =>
  onnxBackends.some((known) => known === name);

/** Number types that weights can be computed with. */
export const precisions = ['fp32', 'int8', 'int4', 'fp16'] as const;

export type Precision = (typeof precisions)[number];
