/** Names of the backends that a model can be opened on. */
export const backends = ['wasm', 'tensorflow', 'cpu'] as const;

export type TensorBackendName = (typeof backends)[number];
