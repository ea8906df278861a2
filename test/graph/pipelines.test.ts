import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawPipeline } from '../../src/graph/draw.js';
import { formatFault } from '../../src/graph/fault.js';
import { parsePipeline } from '../../src/graph/parse.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { replay } from './support/replay.js';

const folder = new URL('../../pipelines/', import.meta.url);
const documentsIn = (path: string): string[] =>
  readdirSync(new URL(path, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${path}${name}`);
const names = [...documentsIn('./'), ...documentsIn('./parts/')];

describe.each(names)('the shipped pipeline %s', (name) => {
  const outcome = parsePipeline(readFileSync(new URL(name, folder), 'utf8'), standardNodes, {
    resolve: (use) => JSON.parse(readFileSync(new URL(use, new URL(name, folder)), 'utf8')),
  });

  test('has no faults', () => {
    expect(outcome.ok ? [] : outcome.faults.map(formatFault)).toEqual([]);
  });

  test('can be said in calls of the builder', () => {
    if (!outcome.ok) return;
    const plain = JSON.parse(
      JSON.stringify(outcome.graph.document, (key, value) =>
        key === '$schema' || key === 'layout' ? undefined : value,
      ),
    );
    expect(replay(outcome.graph.document, standardNodes).document).toEqual(plain);
  });

  test('can be drawn', () => {
    if (!outcome.ok) return;
    expect(drawPipeline(outcome.graph.document)).toMatch(/^flowchart TD\n/);
  });
});
