import { expect, it } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import { Gate } from '../../../../src/models/onnx/engine/gate.js';
import { openEngine } from '../../../../src/models/onnx/engine/open.js';
import { Turns } from '../../../../src/models/onnx/engine/turns.js';
import { writeModel, type Tensors } from '../../support/random-model.js';
import { tinyEngine } from '../support/tiny-engine.js';

it.each([/qkv.weight/, /vocab_embed/, /output_layer.linear.bias/])(
  'in 16 bits a model is refused whose weights have no room in them: %s',
  async (names) => {
    const open = async (size: number) => {
      const edit = (tensors: Tensors) => {
        for (const [name, { data }] of tensors) if (names.test(name)) data.fill(-size);
      };
      const options = { ...tinyEngine, folder: await writeModel({}, edit), precision: 'fp16' } as const;
      return openEngine(options, {}, { gate: new Gate(), turns: new Turns() });
    };
    await (await open(65_519)).engine.dispose();
    const opening = open(65_520);
    await expect(opening).rejects.toThrow(/^fp16 has no room .* holds -65520\.0, .*65504.* --precision fp32/);
    await expect(opening).rejects.toBeInstanceOf(InputError);
  },
);
