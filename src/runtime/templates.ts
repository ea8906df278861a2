import type { GivenTokens } from '../graph/values.js';
import type { Model } from '../models/denoiser.js';
import { tokensOf } from './prompts.js';

/**
 * A row with open positions: text, how many tokens are left open, and lists of token ids with null for open ones, in
 * their order. Each text is encoded for itself: where the tokenizer joins letters, its tokens end with the text.
 */
export type Template = readonly (string | number | readonly (number | null)[])[];

/** A template as tokens; what is wrong with it goes to `faults`. `most` is how long a row may be. */
export function givenTokensOf(
  template: unknown,
  model: Model,
  name: string,
  most: number,
  faults: string[],
): GivenTokens {
  if (!Array.isArray(template)) {
    faults.push(`${name} must be a list of texts, numbers of open tokens, and lists of token ids`);
    return [];
  }
  const tokens: (number | null)[] = [];
  for (const piece of Array.from<unknown>(template)) {
    if (typeof piece === 'number') {
      if (!Number.isInteger(piece) || piece < 1 || piece > most) {
        faults.push(
          `${name} leaves ${piece} tokens open; a hole has from 1 to ${most}, the length of the model's rows`,
        );
        return [];
      }
      for (let open = 0; open < piece; open++) tokens.push(null);
    } else if (typeof piece === 'string') {
      for (const id of tokensOf(piece, model, name, faults)) tokens.push(id);
    } else if (Array.isArray(piece)) {
      const ids = Array.from<unknown>(piece);
      const known = tokensOf(
        ids.filter((id) => id !== null),
        model,
        name,
        faults,
      );
      let next = 0;
      for (const id of ids) tokens.push(id === null ? null : (known[next++] ?? null));
    } else {
      faults.push(`${name} holds ${String(piece)}; a piece is a text, a number of open tokens, or a list of token ids`);
      return [];
    }
  }
  return tokens;
}
