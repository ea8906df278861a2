/** What passes cost on a machine, for deciding what goes together. */
export interface Costs {
  /** What a pass costs beyond its tokens, and at least, in tokens: all weights are read once more. */
  readonly pass: number;
  readonly least: number;
  /** Multiplications in the time that the operators of a block take to start: what counts in small models. */
  readonly start: number;
  /** Most tokens of a pass of several calls. */
  readonly mostTokens: number;
  /** What moving one token's keys and values to another slot costs, in query-key pairs of attention. */
  readonly move: number;
  /** Whether the rows of a pass begin with the first slot, wherever the first row that takes part is. */
  readonly fromFirst: boolean;
}

export const processorCosts: Costs = {
  // On two AVX2 cores one row of 16 tokens took 42 ms with 170M parameters, eight took 251 ms, and reading the weights about 40 ms.
  pass: 12,
  least: 24,
  // Some 0.1 ms.
  start: 1e7,
  // More are no faster on a processor, and take memory for all they are between.
  mostTokens: 512,
  // 16 bytes of memory traffic for each hidden unit at some 4 GB/s, against 4 operations at some 50 GFLOP/s.
  move: 50,
  fromFirst: false,
};
