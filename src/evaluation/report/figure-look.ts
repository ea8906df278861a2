import type { Scale } from 'vega';
import type { FigurePoint } from './figure-points.js';

/** Okabe and Ito's colours, which all kinds of colour vision tell apart; yellow is left out, since thin lines of it are lost on white. */
const colours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'];

/** Shapes change with the colours and then go on changing, so that the same colour comes back with another one. */
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross'];

const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
];

export const ink = '#222222';
export const quiet = '#666666';
export const faint = '#e6e6e6';
export const font = 'Helvetica, Arial, sans-serif';

/** All axes. */
export const axisLook = {
  domainColor: ink,
  tickColor: ink,
  tickSize: 4,
  labelFont: font,
  labelFontSize: 11,
  labelColor: ink,
  labelPadding: 4,
  titleFont: font,
  titleFontSize: 12,
  titleFontWeight: 'normal',
  titleColor: ink,
  titlePadding: 8,
} as const;

/** What a sampler looks like; without a budget it is hollow. */
export function samplerScales(points: readonly FigurePoint[]): Scale[] {
  const domain = [...new Set(points.map(({ sampler }) => sampler))];
  const hollow = new Set(points.flatMap(({ sampler, steered }) => (steered ? [] : [sampler])));
  const round = (i: number): number => Math.floor(i / colours.length);
  const colourOf = domain.map((_, i) => colours[i % colours.length] ?? ink);
  const scale = (name: string, range: (string | number[])[]): Scale => ({ name, type: 'ordinal', domain, range });
  return [
    scale('colour', colourOf),
    scale(
      'fill',
      domain.map((sampler, i) => (hollow.has(sampler) ? 'white' : (colourOf[i] ?? ink))),
    ),
    scale(
      'shape',
      domain.map((_, i) => shapes[(i + round(i)) % shapes.length] ?? 'circle'),
    ),
    scale(
      'dash',
      domain.map((_, i) => dashes[round(i) % dashes.length] ?? [1, 0]),
    ),
  ];
}
