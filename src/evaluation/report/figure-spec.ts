import type { Axis, GroupMark, Legend, Mark, Scale, Spec, Title } from 'vega';
import { axisLook, faint, font, ink, quiet, samplerScales } from './figure-look.js';
import type { FigurePoint } from './figure-points.js';

/** More lines across the panel than that tell nothing. */
const mostLevels = 3;

const labelSize = 12;

const panelWidth = 460;

export interface FigureWords {
  readonly subtitle: readonly string[];
  readonly scoreTitle: string;
}

/** Two panels over one axis of NFE: AR score, and below it the entropy. */
export function figureSpec(points: readonly FigurePoint[], { subtitle, scoreTitle }: FigureWords): Spec {
  const x = nfeScale(points.map(({ nfe }) => nfe));
  const score = {
    field: 'score',
    title: scoreTitle,
    height: 260,
    values: points.flatMap(({ low, high }) => [low, high]),
  };
  const entropy = { field: 'entropy', title: 'entropy (nats)', height: 90, values: points.map((each) => each.entropy) };
  const leveled = points.filter(({ steered }) => !steered).length <= mostLevels;
  return {
    background: 'white',
    padding: 8,
    title: heading(subtitle),
    layout: { columns: 1, padding: 12, bounds: 'flush', align: 'each' },
    data: [
      { name: 'points', values: keyed(points).sort((a, b) => a.nfe - b.nfe) },
      { name: 'levels', source: 'points', transform: [{ type: 'filter', expr: leveled ? '!datum.steered' : 'false' }] },
    ],
    scales: [x.scale, ...samplerScales(points)],
    legends: [samplerLegend(points)],
    marks: [panel(score, [x.axis(false)], [levels, ...errorBars]), panel(entropy, [x.axis(true)], [])],
  };
}

/** Vega groups points in an object by their keys, where a sampler's name could be that of a method of objects. */
function keyed(points: readonly FigurePoint[]): (FigurePoint & { readonly key: string })[] {
  const samplers = [...new Set(points.map(({ sampler }) => sampler))];
  return points.map((point) => ({ ...point, key: `sampler ${samplers.indexOf(point.sampler)}` }));
}

const heading = (lines: readonly string[]): Title => ({
  text: [...lines],
  font,
  fontSize: 11,
  fontWeight: 'normal',
  color: quiet,
  anchor: 'start',
  offset: 8,
});

/** Below the panels, in as many columns as the labels leave room for (widths are estimated, there being no font to measure). */
function samplerLegend(points: readonly FigurePoint[]): Legend {
  const longest = Math.max(...points.map(({ sampler }) => sampler.length));
  return {
    orient: 'bottom',
    direction: 'vertical',
    columns: Math.max(1, Math.floor(panelWidth / (longest * labelSize * 0.8 + 30))),
    fill: 'fill',
    stroke: 'colour',
    shape: 'shape',
    symbolLimit: points.length,
    symbolSize: 64,
    symbolStrokeWidth: 1.8,
    labelFont: font,
    labelFontSize: labelSize,
    labelColor: ink,
    labelLimit: 0,
    rowPadding: 5,
    columnPadding: 16,
    offset: 12,
  };
}

/** NFE is shown in octaves where it spans two of them. */
function nfeScale(values: readonly number[]): { readonly scale: Scale; axis(labelled: boolean): Axis } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const octaves = most / least >= 4;
  const margin = octaves ? 0 : Math.max(1, (most - least) * 0.06);
  const domain = octaves ? [least / 1.15, most * 1.15] : [Math.max(0, least - margin), most + margin];
  const powers = Array.from({ length: 32 }, (_, i) => 2 ** i).filter((n) => n >= least / 1.15 && n <= most * 1.15);
  const shared = { name: 'x', domain, range: [0, panelWidth] };
  const title = `NFE a row${octaves ? ' (log scale)' : ''}`;
  return {
    scale: octaves ? { ...shared, type: 'log', base: 2 } : { ...shared, type: 'linear', zero: false },
    axis: (labelled) => ({
      scale: 'x',
      orient: 'bottom',
      labels: labelled,
      title: labelled ? title : '',
      ...axisLook,
      ...(octaves ? { values: powers, format: 'd' } : { tickMinStep: 1 }),
    }),
  };
}

interface Panel {
  /** Field of the points that it shows. */
  readonly field: string;
  readonly title: string;
  readonly height: number;
  /** What its axis has to reach. */
  readonly values: readonly number[];
}

function panel({ field, title, height, values }: Panel, axes: readonly Axis[], behind: readonly Mark[]): GroupMark {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.02, (most - least) * 0.08);
  const y = { scale: 'y', field };
  return {
    type: 'group',
    encode: { enter: { width: { value: panelWidth }, height: { value: height } } },
    scales: [{ name: 'y', type: 'linear', zero: false, domain: [least - margin, most + margin], range: [height, 0] }],
    axes: [
      {
        scale: 'y',
        orient: 'left',
        title,
        tickCount: Math.max(4, height / 45),
        grid: true,
        gridScale: 'x',
        gridColor: faint,
        minExtent: 36,
        ...axisLook,
      },
      ...axes,
    ],
    marks: [...behind, lines(y), symbols(y)],
  };
}

const x = { scale: 'x', field: 'nfe' };
const colour = { scale: 'colour', field: 'sampler' };

/** A sampler's points in order of their NFE. */
const lines = (y: { readonly scale: string; readonly field: string }): Mark => ({
  type: 'group',
  from: { facet: { name: 'line', data: 'points', groupby: 'key' } },
  marks: [
    {
      type: 'line',
      from: { data: 'line' },
      encode: {
        enter: { x, y, stroke: colour, strokeDash: { scale: 'dash', field: 'sampler' }, strokeWidth: { value: 1.8 } },
      },
    },
  ],
});

const symbols = (y: { readonly scale: string; readonly field: string }): Mark => ({
  type: 'symbol',
  from: { data: 'points' },
  encode: {
    enter: {
      ...{
        x,
        y,
        stroke: colour,
        fill: { scale: 'fill', field: 'sampler' },
        shape: { scale: 'shape', field: 'sampler' },
      },
      ...{ size: { value: 64 }, strokeWidth: { value: 1.8 } },
    },
  },
});

/** What a sampler reaches that no budget steers, across the whole panel. */
const levels: Mark = {
  type: 'rule',
  from: { data: 'levels' },
  encode: {
    enter: {
      ...{ x: { value: 0 }, x2: { value: panelWidth }, y: { scale: 'y', field: 'score' }, stroke: colour },
      ...{ strokeDash: { value: [2, 3] }, strokeOpacity: { value: 0.7 } },
    },
  },
};

const capWidth = 3;

/** One standard error to either side. */
const errorBars: readonly Mark[] = [
  {
    type: 'rule',
    from: { data: 'points' },
    encode: { enter: { x, y: { scale: 'y', field: 'low' }, y2: { scale: 'y', field: 'high' }, stroke: colour } },
  },
  ...['low', 'high'].map((field): Mark => ({
    type: 'rule',
    from: { data: 'points' },
    encode: {
      enter: {
        x: { ...x, offset: -capWidth },
        x2: { ...x, offset: capWidth },
        y: { scale: 'y', field },
        stroke: colour,
      },
    },
  })),
];
