/**
 * The vocabulary cut into segments of consecutive token ids, of which the last may be shorter. A graph reduces the logits
 * of each segment to a few numbers; what is asked about a position then takes a look at all segments and at the tokens
 * of one or two of them, in double precision, and never at the whole vocabulary.
 */

/**
 * Tokens of a segment. For 50258 tokens 128 and 256 took the same time, 64 more in the graphs and 512 more in the host's
 * looks; the fewer, the better for small vocabularies.
 */
export const segmentWidth = 128;

export const segmentsOf = (vocabularySize: number): number => Math.ceil(vocabularySize / segmentWidth);

/** The segment that a token is in. */
export const segmentOf = (token: number): number => Math.floor(token / segmentWidth);

/** How many tokens a segment has. */
export const sizeOfSegment = (segment: number, vocabularySize: number): number =>
  Math.min(segmentWidth, vocabularySize - segment * segmentWidth);

/**
 * The smallest vocabulary that graphs look at. For 16 positions a graph, with what is left to the host, took as long as the
 * host's loops over 512 to 1024 tokens; for one position over about 2000.
 */
export const graphsWorthFrom = 1024;

/** Temperatures at which the graphs' single precision does; 0, where nothing is divided, is one too. */
const coldest = 0.01;
const hottest = 1e6;

export const isPrecise = (temperature: number): boolean =>
  temperature === 0 || (temperature >= coldest && temperature <= hottest);
