import { describe, expect, it } from 'vitest';
import { samplewire } from './support.js';

describe('samplewire install', () => {
  it('without a name says what there is', async () => {
    const { code, out, err } = await samplewire('install');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/Usage: samplewire install[^]*tensorflow .*NVIDIA/);
  });

  it('with an unknown name says which was meant', async () => {
    const { code, err } = await samplewire('install', 'tensorflo');
    expect(code).toBe(2);
    expect(err).toMatch(/^error: unknown command 'tensorflo'.*tensorflow/);
  });

  it('tells sizes and variables in its help', async () => {
    const { code, out } = await samplewire('install', 'tensorflow', '--help');
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /207\.2 MB .* 2\.1 GB .*SAMPLEWIRE_CACHE.*--cuda.*525\.60\.13.*--wheel.*--force/,
    );
  });
});
