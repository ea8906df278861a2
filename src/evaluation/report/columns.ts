import type { SettingResult } from '../comparison.js';
import type { Estimate } from '../statistics.js';

/** One figure of a setting, for tables. */
export interface Column {
  readonly title: string;
  /** Whether a narrow table can do without it. */
  readonly optional: boolean;
  cell(setting: SettingResult): string;
}

const nothing = '-';

const figure = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? nothing : value.toFixed(digits);

/** A mean count without a fraction where it has none. */
export const countText = (value: number | undefined): string =>
  figure(value, value !== undefined && Number.isInteger(value) ? 0 : 1);

/** `1.873 ± 0.031` */
export function estimateText(estimate: Estimate | null): string {
  if (estimate === null) return nothing;
  const { mean, standardError } = estimate;
  return standardError === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;
}

/** What tables say of a setting, from left to right. */
export const columns: readonly Column[] = [
  { title: 'budget', optional: false, cell: ({ budget }) => (budget === null ? nothing : String(budget)) },
  { title: 'NFE', optional: false, cell: ({ nfe }) => countText(nfe?.total) },
  { title: 'of it AR', optional: false, cell: ({ nfe }) => countText(nfe?.ar) },
  { title: 'ms', optional: false, cell: ({ milliseconds }) => figure(milliseconds, 0) },
  { title: 'tokens/s', optional: true, cell: ({ tokensPerSecond }) => figure(tokensPerSecond, 0) },
  { title: 'AR score', optional: false, cell: ({ arScore }) => estimateText(arScore) },
  { title: 'entropy', optional: false, cell: ({ entropy }) => figure(entropy, 2) },
  { title: 'distinct', optional: true, cell: ({ distinct }) => figure(distinct, 2) },
];

/** How to read the columns. */
export function legend(judge: string, unjudged: string | null): readonly string[] {
  return [
    'budget: the NFE a row that the sampler was given; "-" where none decides it',
    'NFE: network forwards a row, mean; "of it AR" are forwards that scored drafts',
    'ms, tokens/s: median over rows, each decoded alone',
    unjudged === null
      ? `AR score: nats a generated token, mean of -log p by the AR mode of ${judge}, ± standard error over rows`
      : `AR score: none, since ${unjudged}`,
    'entropy: of the tokens in a row, nats; distinct: share of pairs of tokens that are not repeated',
    'A low AR score is worth something only where the entropy stays up: repetition scores well too.',
  ];
}
