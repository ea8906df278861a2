import { expect, it } from 'vitest';
import { packageIndex } from '../../../src/cli/install/wheels/package-index.js';

const authorizationOf = (address: string) => packageIndex(address, 'PIP_INDEX_URL').credentials?.headers();

const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

it.each([
  ['https://me:pass@host/simple/', 'me:pass'],
  ['https://me:p%40s%C3%A9@host/simple', 'me:p@sé'],
  // Never escaped, by somebody who did not know.
  ['https://me:50%&%zz@host/simple', 'me:50%&%zz'],
])('takes name and password out of %s', (address, pair) => {
  expect(packageIndex(address, 'PIP_INDEX_URL').url).toBe('https://host/simple');
  expect(authorizationOf(address)).toEqual(basic(pair));
});

it.each(['pypi.org/simple', 'file:///wheels', ''])('refuses %j', (address) => {
  expect(() => packageIndex(address, 'PIP_INDEX_URL')).toThrow('an address like https://pypi.org/simple');
});
