/**
 * How the vocabulary lies in a row of a tensor on a device: in segments of one width, of which the last one is padded with
 * tokens that do not exist. Sums go over segments first, so that nothing is cumulated over the whole vocabulary in single precision.
 */
export interface Layout {
  readonly vocabularySize: number;
  readonly width: number;
  readonly segments: number;
  /** segments * width; no less than the vocabulary. */
  readonly columns: number;
}

/** About the root of the largest vocabularies: the widths of both levels of a search in them are alike. */
const segmentWidth = 256;

/** A vocabulary that fits into one segment is one, without padding. */
export function layoutOf(vocabularySize: number, width: number = segmentWidth): Layout {
  const segments = Math.ceil(vocabularySize / width);
  if (segments === 1) return { vocabularySize, width: vocabularySize, segments, columns: vocabularySize };
  return { vocabularySize, width, segments, columns: segments * width };
}

/**
 * The score of a token that cannot be: its exponential is 0 beside any other, whatever divides it, and arithmetic with it stays
 * finite in single precision.
 */
export const closed = -1e30;

/** The score of a token that is certain, beside which all others cannot be. */
export const certain = 1e30;
