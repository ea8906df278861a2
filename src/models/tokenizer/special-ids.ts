import { isRecord } from '../../graph/is-record.js';

/** Ids of a tokenizer with a meaning of their own, `null` where it has none. */
export interface SpecialIds {
  /** Begins every row. */
  readonly bosId: number | null;
  /** Ends a row. */
  readonly eosId: number | null;
  /** Stands for noise, where the tokenizer has a token for it. */
  readonly maskId: number | null;
}

export const noSpecialIds: SpecialIds = { bosId: null, eosId: null, maskId: null };

/** Pairs that begin and end a text, by their usual names: GPT-2 and SmolLM; Llama; BERT. */
const usualPairs = [
  ['<|endoftext|>', '<|endoftext|>'],
  ['<s>', '</s>'],
  ['[CLS]', '[SEP]'],
] as const;

/**
 * The special ids of parsed tokenizer files: as `tokenizer_config.json` names them, with the classifier's tokens in
 * the place of a missing BOS and EOS (as MDLM, Duo and BlockGen take them); without it, by the usual names.
 */
export function specialIdsOf({
  tokenizer,
  config,
}: {
  readonly tokenizer: object;
  readonly config: object;
}): SpecialIds {
  const ids = addedTokens(tokenizer);
  const named = (...roles: string[]): number | null => {
    const name = roles.map((role) => contentOf(config, role)).find((content) => content !== undefined);
    return name === undefined ? null : (ids.get(name) ?? null);
  };
  const maskId = named('mask_token') ?? ids.get('[MASK]') ?? ids.get('<mask>') ?? null;
  const [bosId, eosId] = [named('bos_token', 'cls_token'), named('eos_token', 'sep_token')];
  if (bosId !== null || eosId !== null) return { bosId, eosId, maskId };
  const pair = usualPairs.find(([bos, eos]) => ids.has(bos) && ids.has(eos));
  if (pair === undefined) return { bosId, eosId, maskId };
  return { bosId: ids.get(pair[0]) ?? null, eosId: ids.get(pair[1]) ?? null, maskId };
}

/** Ids by content. */
function addedTokens(tokenizer: object): ReadonlyMap<string, number> {
  const added: unknown = 'added_tokens' in tokenizer ? tokenizer.added_tokens : null;
  const ids = new Map<string, number>();
  for (const token of Array.isArray(added) ? Array.from<unknown>(added) : []) {
    if (!isRecord(token)) continue;
    const { content, id } = token;
    if (typeof content === 'string' && typeof id === 'number') ids.set(content, id);
  }
  return ids;
}

/** A token's text, which is given as such or in an object. */
function contentOf(config: object, role: string): string | undefined {
  const value = isRecord(config) ? config[role] : undefined;
  const content = isRecord(value) ? value['content'] : value;
  return typeof content === 'string' ? content : undefined;
}
