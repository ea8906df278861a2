/** Backends on the tensor library, which trains as well as it decodes. */
export const tensorBackends = ['wasm', 'tensorflow', 'cpu'] as const;

export type TensorBackendName = (typeof tensorBackends)[number];

/** Names of the backends that a model can be opened on. */
export const backends = tensorBackends;
