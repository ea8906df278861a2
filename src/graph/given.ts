import type { Canvas, GivenTokens } from './values.js';

/** The token given at a position of the row; `undefined` where the position is open. */
export const givenAt = (template: GivenTokens | undefined, position: number): number | undefined =>
  template?.[position] ?? undefined;

/** Where the last given token ends: no row may end before. */
export const givenEnd = (template: GivenTokens | undefined): number =>
  (template?.findLastIndex((token) => token !== null) ?? -1) + 1;

/** The given tokens from a position on, up to the next open one. */
export function givenRun(template: GivenTokens | undefined, from: number): readonly number[] {
  const run: number[] = [];
  for (let token = givenAt(template, from); token !== undefined; token = givenAt(template, from + run.length)) {
    run.push(token);
  }
  return run;
}

/** Positions of the committed tokens behind the prompt that were given, ascending. */
export const givenPositions = ({
  tokens,
  promptLength,
  template,
}: Pick<Canvas, 'tokens' | 'promptLength' | 'template'>): number[] =>
  tokens.flatMap((_, position) =>
    position >= promptLength && givenAt(template, position) !== undefined ? [position] : [],
  );
