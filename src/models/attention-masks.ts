/**
 * Which of the queries of one forward may attend to which others, as additive masks [queries, queries],
 * row-major: 0 where allowed, `blocked` where not. Everything cached may always be attended to.
 * Source: BlockGen (arXiv 2606.02241), attention of training, generation and AR scoring; BD3-LM (arXiv 2503.09573).
 */

/** Large enough that exp(blocked - max) is exactly 0 in 32 bits, finite so that nothing becomes NaN. */
export const blocked = -1e9;

/** How clean tokens attend among themselves: by token, or by blocks of this size. */
export type CleanAttention = 'token' | { readonly block: number };

const maskOf = (queries: number, allowed: (query: number, key: number) => boolean): Float32Array =>
  Float32Array.from({ length: queries * queries }, (_, index) =>
    allowed(Math.floor(index / queries), index % queries) ? 0 : blocked,
  );

const mayAttend = (attention: CleanAttention, query: number, key: number): boolean => {
  if (attention === 'token') return key <= query;
  return Math.floor(key / attention.block) <= Math.floor(query / attention.block);
};

/**
 * [pending clean tokens | noisy block]: clean tokens see clean ones, the block sees everything.
 * `attention` counts positions from the first pending token, which starts a block.
 */
export function denoiseMask(pending: number, block: number, attention: CleanAttention): Float32Array {
  return maskOf(
    pending + block,
    (query, key) => query >= pending || (key < pending && mayAttend(attention, query, key)),
  );
}

/**
 * [pending clean tokens | draft | probes]: the draft is token-causal; probe i sees the clean tokens, the draft
 * before i, and itself.
 */
export function arScoreMask(pending: number, draft: number, attention: CleanAttention): Float32Array {
  const probes = pending + draft;
  return maskOf(pending + 2 * draft, (query, key) => {
    if (query < pending) return key < pending && mayAttend(attention, query, key);
    if (key < pending) return true;
    if (query < probes) return key <= query;
    return key < probes ? key - pending < query - probes : key === query;
  });
}

/** Clean tokens only. */
export function cleanMask(tokens: number, attention: CleanAttention): Float32Array {
  return maskOf(tokens, (query, key) => mayAttend(attention, query, key));
}

/** [x_0 | x_t], as in training: x_t sees its own block and the clean tokens of earlier blocks. */
export function trainingMask(length: number, blockSize: number, attention: CleanAttention): Float32Array {
  const blockOf = (position: number) => Math.floor(position / blockSize);
  return maskOf(2 * length, (query, key) => {
    if (query < length) return key < length && mayAttend(attention, query, key);
    if (key < length) return blockOf(key) < blockOf(query - length);
    return blockOf(key - length) === blockOf(query - length);
  });
}
