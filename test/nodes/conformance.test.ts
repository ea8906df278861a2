import { describe, expect, it } from 'vitest';
import { standardNodes } from '../../src/nodes/standard.js';
import { checkNode, type Trial } from '../../src/testing/index.js';

/** Numbers on a wire may be anything; these nodes take steps and times. */
const senses: Readonly<Record<string, (trial: Trial) => boolean>> = {
  'noise-schedule': ({ inputs, params }) => {
    const { index } = inputs;
    return Number.isInteger(index) && Number(index) < Number(params['steps']);
  },
  'jump-time': ({ inputs }) => Number(inputs['time']) <= 1,
};

describe('every standard node keeps the rules that users are held to', () => {
  it.each(standardNodes.kinds)('%s', async (kind) => {
    const definition = standardNodes.get(kind);
    const when = senses[kind];
    expect(definition && (await checkNode(definition, when === undefined ? {} : { when }))).toEqual([]);
  });
});
