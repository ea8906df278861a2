import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodePage } from '../../scripts/node-page.js';
import { standardNodes } from '../../src/nodes/standard.js';

describe('docs/nodes.md', () => {
  const page = nodePage(standardNodes);

  it('is that of the nodes that are shipped (npm run schema writes it)', () => {
    expect(readFileSync(new URL('../../docs/nodes.md', import.meta.url), 'utf8')).toBe(page);
  });

  it('tells of every kind once', () => {
    const told = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, kind]) => kind ?? '');
    expect(told.sort()).toEqual(standardNodes.kinds);
  });
});
