import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const source = new URL('../../src/', import.meta.url);

describe('the engine', () => {
  it('does not know the sampler that it was made for', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(50);
    const naming = files.filter((file) => /arpc/i.test(readFileSync(new URL(file, source), 'utf8')));
    expect(naming).toEqual([]);
  });
});
