import { countText } from '../../evaluation/report/columns.js';
import type { Nfe, RunStatistics } from '../../runtime/events.js';

/** `256 tokens, NFE 496 (256 diffusion + 240 AR), 312 tokens/s, 0.8 s`; of several rows `NFE 496 a row (...)`. */
export function figuresOf({ tokens, nfe, tokensPerSecond, milliseconds }: RunStatistics, rows: number): string {
  const speed = tokensPerSecond.toFixed(tokensPerSecond < 10 ? 1 : 0);
  return `${String(tokens)} tokens, NFE ${nfeOf(nfe, rows)}, ${speed} tokens/s, ${(milliseconds / 1000).toFixed(1)} s`;
}

function nfeOf({ total, diffusion, ar }: Nfe, rows: number): string {
  const all = `${countText(total)}${rows === 1 ? '' : ' a row'}`;
  return ar === 0 ? all : `${all} (${countText(diffusion)} diffusion + ${countText(ar)} AR)`;
}
