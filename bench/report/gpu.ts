import type { Gpu, NumberType } from '../gpu/result.js';
import { bestRates, forwardWork, sharesOf, type Rates } from '../gpu/work.js';
import { summarise } from '../harness/statistics.js';
import { numberOf, table } from './table.js';

const bytesOf = { fp32: 4, tf32: 4, fp16: 2 } as const satisfies Record<NumberType, number>;

const nothing: Rates = { bytes: null, operations: null };

/** What the card can do in a number type: what the data sheet says where it was given, else the most that anybody got out of it. */
export function cardRates({ given, contestants }: Gpu, numbers: NumberType): Rates {
  const { bytes } = bestRates(contestants.map(({ rates }) => rates));
  const { operations } = bestRates(contestants.filter((each) => each.numbers === numbers).map(({ rates }) => rates));
  return { bytes: given.bytes ?? bytes, operations: given.operations[numbers] ?? operations };
}

const percent = (share: number | null): string => (share === null ? '-' : `${numberOf(100 * share)}%`);

/** A share of what the contestant itself gets out of the card, and of what the card can do. */
const both = (own: number | null, card: number | null): string => `${percent(own)} (${percent(card)})`;

function forwardRows(gpu: Gpu): string[][] {
  return [...gpu.forwards]
    .sort((a, b) => a.rows - b.rows || a.cached - b.cached)
    .map(({ contestant: name, rows, cached, milliseconds }) => {
      const contestant = gpu.contestants.find((each) => each.name === name);
      const numbers = contestant?.numbers ?? 'fp32';
      const { median, lower, upper } = summarise(milliseconds);
      const work = forwardWork(gpu.shape, { rows, cached, block: gpu.block }, bytesOf[numbers]);
      const own = sharesOf(work, contestant?.rates ?? nothing, median);
      const card = sharesOf(work, cardRates(gpu, numbers), median);
      return [
        rows === 1 ? '1 row' : `${rows} rows`,
        String(cached),
        name,
        `${numberOf(median)} ms`,
        `${numberOf(lower)} to ${numberOf(upper)}`,
        numberOf(1000 / median),
        both(own.memory, card.memory),
        both(own.arithmetic, card.arithmetic),
      ];
    });
}

function runRows(gpu: Gpu): string[][] {
  return [...gpu.runs]
    .sort((a, b) => a.pipeline.localeCompare(b.pipeline) || a.rows - b.rows)
    .map(({ contestant, pipeline, rows, tokens, milliseconds }) => {
      const { median } = summarise(milliseconds);
      return [pipeline, String(rows), contestant, String(tokens), numberOf((1000 * tokens) / median)];
    });
}

const rate = (value: number | null, unit: number, name: string): string =>
  value === null ? '-' : `${numberOf(value / unit)} ${name}`;

const contestantRows = ({ contestants }: Gpu): string[][] =>
  contestants.map(({ name, device, rates }) => [
    name,
    device,
    rate(rates.bytes, 1e9, 'GB/s'),
    rate(rates.operations, 1e12, 'TFLOP/s'),
  ]);

function givenText({ bytes, operations }: Gpu['given']): string {
  const said = [
    ...(bytes === null ? [] : [rate(bytes, 1e9, 'GB/s')]),
    ...Object.entries(operations).map(([numbers, value]) => `${rate(value, 1e12, 'TFLOP/s')} in ${numbers}`),
  ];
  return said.length === 0 ? '' : `What the card can do is taken from its data sheet: ${said.join(', ')}.`;
}

/** What was measured on a GPU, as Markdown. */
export function gpuMarkdown(gpu: Gpu): string {
  const { card, given, software } = gpu;
  const parts = [
    ...(software ? ['**A device in software: these figures say nothing but that the benchmark works.**'] : []),
    card === null ? '' : `${card.name}, ${card.memory}, driver ${card.driver}.`,
    table(['contestant', 'device', 'memory', 'matrix products'], contestantRows(gpu)),
    givenText(given),
    gpu.forwards.length === 0
      ? ''
      : table(
          ['rows', 'cached', 'contestant', 'a forward', 'quartiles', 'forwards/s', 'memory floor', 'arithmetic floor'],
          forwardRows(gpu),
        ),
    gpu.runs.length === 0 ? '' : table(['pipeline', 'rows', 'contestant', 'tokens', 'tokens/s'], runRows(gpu)),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export const gpuTitle = 'On a GPU';

/** In place of that, where there is nothing to show. */
export const noGpuMarkdown = (date: Date): string =>
  `No machine with a GPU has been at hand so far (${date.toISOString().slice(0, 10)}), so nothing stands here. \`npm run bench -- gpu\` measures one, in ten minutes or ` +
  'less; `npm run bench -- gpu --help` says what it takes.';
