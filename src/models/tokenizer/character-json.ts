import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { anyCharacter, createCharacterTokenizer, type CharacterTokenizer } from './character.js';

const schema = z.object({
  added_tokens: z.array(z.unknown()).max(0).nullish(),
  normalizer: z.null().optional(),
  pre_tokenizer: z.object({
    type: z.literal('Split'),
    pattern: z.object({ Regex: z.literal(anyCharacter) }),
    behavior: z.literal('Isolated'),
  }),
  post_processor: z.null().optional(),
  model: z.object({ type: z.literal('WordLevel'), vocab: z.record(z.string(), z.number().int().nonnegative()) }),
});

/**
 * Reads a parsed `tokenizer.json` whose model is `WordLevel`. Throws an `InputError` when it is not a character tokenizer or its ids are
 * not 0 to n - 1, each once; `where` names the file.
 */
export function parseCharacterTokenizer(json: unknown, where: string): CharacterTokenizer {
  const result = schema.safeParse(json);
  if (!result.success) {
    const places = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'the whole'))];
    throw new InputError(
      `${where} knows whole words, but is not a character tokenizer (differs at ${places.join(', ')}); ` +
        `a folder without tokenizer.json works with token ids.`,
    );
  }
  const entries = Object.entries(result.data.model.vocab).sort(([, a], [, b]) => a - b);
  const odd = entries.find(([, id], index) => id !== index);
  if (odd !== undefined) {
    throw new InputError(
      `${where}: ids must be 0 to ${entries.length - 1}, each once; ${JSON.stringify(odd[0])} has ${odd[1]}.`,
    );
  }
  return createCharacterTokenizer(entries.map(([character]) => character));
}
