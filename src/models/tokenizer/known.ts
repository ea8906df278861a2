/** A tokenizer that published models name nowhere: it is known by the size of its vocabulary. */
export interface KnownTokenizer {
  /** For people. */
  readonly name: string;
  /** Where its files lie on the hub. */
  readonly repository: string;
  readonly vocabularySize: number;
}

/** Those of BlockGen's training data: OpenWebText, TinyGSM and LM1B. */
const knownTokenizers: readonly KnownTokenizer[] = [
  { name: 'GPT-2', repository: 'openai-community/gpt2', vocabularySize: 50257 },
  { name: 'SmolLM', repository: 'HuggingFaceTB/SmolLM-135M', vocabularySize: 49152 },
  { name: 'BERT', repository: 'google-bert/bert-base-uncased', vocabularySize: 30522 },
];

/** The tokenizer that a model of this vocabulary was trained with: its own ids, or those and one for mask or padding. */
export const knownTokenizerOf = (vocabularySize: number): KnownTokenizer | undefined =>
  knownTokenizers.find(
    (known) => vocabularySize === known.vocabularySize || vocabularySize === known.vocabularySize + 1,
  );
