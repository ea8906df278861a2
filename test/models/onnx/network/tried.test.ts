import { expect, it } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import { oneToken, tried } from '../../../../src/models/onnx/network/tried.js';
import { WithoutEmptyPast } from '../../../../src/models/onnx/network/without-empty-past.js';
import { NaiveNetwork } from '../support/naive-network.js';

const chosen = { provider: 'cuda', precision: 'fp16' } as const;

it('gives what has run a token, and says in a sentence what cannot, which is given back', async () => {
  const network = new NaiveNetwork();
  const attempt = () => network.run(oneToken(network));
  expect(await tried(network, attempt, chosen)).toBe(network);
  network.before = () => {
    throw new Error('no kernel\n    at somewhere');
  };
  const refused = tried(network, attempt, chosen);
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toThrow(/^The cuda device .* in fp16; --precision fp32 may work.*\(no kernel\)$/);
  expect(network.disposed).toBe(true);
});

it('says so as well where what is lost cannot be given back', async () => {
  const dispose = () => Promise.reject(new Error('no device'));
  const refused = tried({ dispose }, () => Promise.reject(new Error('device lost')), chosen);
  await expect(refused).rejects.toThrow('(device lost)');
});

it('computes the same with one key that nobody attends to in place of none', async () => {
  const [plain, filled] = [new NaiveNetwork(), new NaiveNetwork()];
  const [expected, found] = [oneToken(plain), oneToken(filled)];
  await plain.run(expected);
  await new WithoutEmptyPast(filled).run(found);
  expect(filled.passes[0]).toMatchObject({ capacity: 1 });
  expect(found.logits.some((logit) => logit !== 0)).toBe(true);
  expect(found.logits).toEqual(expected.logits);
});
