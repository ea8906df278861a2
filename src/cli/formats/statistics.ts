import type { Nfe, RunStatistics } from '../../runtime/events.js';

/** `256 tokens, NFE 496 (256 diffusion + 240 AR), 312 tokens/s, 0.8 s` */
export function figuresOf({ tokens, nfe, tokensPerSecond, milliseconds }: RunStatistics): string {
  const speed = tokensPerSecond.toFixed(tokensPerSecond < 10 ? 1 : 0);
  return `${String(tokens)} tokens, NFE ${nfeOf(nfe)}, ${speed} tokens/s, ${(milliseconds / 1000).toFixed(1)} s`;
}

const nfeOf = ({ total, diffusion, ar }: Nfe): string =>
  ar === 0 ? String(total) : `${String(total)} (${String(diffusion)} diffusion + ${String(ar)} AR)`;
