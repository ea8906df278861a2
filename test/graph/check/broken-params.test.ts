import { describe } from 'vitest';
import { body, branch, step, use, testBroken } from '../support/broken.js';

describe('all faults in params: ', () =>
  testBroken([
    [
      'unknown parameters',
      (d) => {
        body(d).open.params.blocksize = 3;
        body(d).append.params = { size: 1 };
      },
      [
        '$.nodes.blocks.body.open.params.blocksize: "open" has no parameter "blocksize"; expected "blockSize", found "blocksize"; did you mean "blockSize"?',
        '$.nodes.blocks.body.append.params.size: "append" has no parameter "size"; expected nothing: it has none, found "size"',
      ],
    ],
    [
      'a missing parameter',
      (d) => {
        delete step(d).late.params;
        delete branch(d).nodes.draw.params.mode;
      },
      [
        '$.nodes.blocks.body.steps.body.late.params: parameter "limit" of "late" must be set; expected a number, found nothing',
        '$.nodes.blocks.body.steps.body.guided.else.nodes.draw.params.mode: parameter "mode" of "draw" must be set; expected one of sample, greedy, top-k, found nothing',
      ],
    ],
    [
      'parameters out of bounds and of the wrong type',
      (d) => {
        body(d).open.params.blockSize = 65;
        branch(d).nodes.denoise.params.temperature = '1';
        branch(d).nodes.draw.params = { mode: 'gredy', strict: 1 };
        step(d).late.params.limit = null;
      },
      [
        '$.nodes.blocks.body.steps.body.late.params.limit: a parameter must have a value; expected a number, text, true, false or { "$param": "name" }, found null',
        '$.nodes.blocks.body.open.params.blockSize: parameter "blockSize" cannot be 65; expected an integer from 1 to 64, found 65',
        '$.nodes.blocks.body.steps.body.guided.else.nodes.denoise.params.temperature: parameter "temperature" cannot be "1"; expected a number from 0 to 10, found "1"',
        '$.nodes.blocks.body.steps.body.guided.else.nodes.draw.params.mode: parameter "mode" cannot be "gredy"; expected one of sample, greedy, top-k, found "gredy"; did you mean "greedy"?',
        '$.nodes.blocks.body.steps.body.guided.else.nodes.draw.params.strict: parameter "strict" cannot be 1; expected true or false, found 1',
      ],
    ],
    [
      'an integer with a fraction',
      (d) => {
        body(d).open.params.blockSize = 1.5;
      },
      [
        '$.nodes.blocks.body.open.params.blockSize: parameter "blockSize" cannot be 1.5; expected an integer from 1 to 64, found 1.5',
      ],
    ],
    [
      'a parameter that is not declared, and malformed references to parameters',
      (d) => {
        branch(d).nodes.denoise.params.temperature = { $param: 'heta' };
        body(d).open.params.blockSize = { param: 'steps' };
        branch(d).nodes.draw.params.mode = { $param: 3 };
      },
      [
        '$.nodes.blocks.body.open.params.blockSize.param: a reference to a parameter has no field "param"; expected "$param", found "param"; did you mean "$param"?',
        '$.nodes.blocks.body.open.params.blockSize[\'$param\']: a reference to a parameter needs a field "$param"; expected "$param", found nothing',
        "$.nodes.blocks.body.steps.body.guided.else.nodes.draw.params.mode['$param']: the name of a parameter must be text; expected text, found 3",
        '$.nodes.blocks.body.steps.body.guided.else.nodes.denoise.params.temperature[\'$param\']: no parameter "heta" is declared; expected one of heat, mode, steps, found "heta"; did you mean "heat"?',
      ],
    ],
    [
      'declared parameters that do not fit where they are used',
      (d) => {
        body(d).open.params.blockSize = { $param: 'heat' };
        branch(d).nodes.draw.params.strict = { $param: 'mode' };
        step(d).late.params.limit = { $param: 'steps' };
      },
      [
        '$.nodes.blocks.body.open.params.blockSize: parameter "heat" does not fit "blockSize"; expected an integer from 1 to 64, found a number from 0 to 2',
        '$.nodes.blocks.body.steps.body.guided.else.nodes.draw.params.strict: parameter "mode" does not fit "strict"; expected true or false, found one of sample, greedy',
      ],
    ],
    [
      'declared bounds wider than those of a node',
      (d) => {
        d.params.heat = { type: 'number', min: -1, default: 1 };
        body(d).open.params.blockSize = { $param: 'big' };
        d.params.big = { type: 'integer', default: 100 };
      },
      [
        '$.nodes.blocks.body.open.params.blockSize: parameter "big" does not fit "blockSize"; expected an integer from 1 to 64, found default 100',
        '$.nodes.blocks.body.steps.body.guided.else.nodes.denoise.params.temperature: parameter "heat" does not fit "temperature"; expected a number from 0 to 10, found a number, -1 or more',
      ],
    ],
    [
      'declared choices that a node does not have',
      (d) => {
        d.params.mode.choices.push('wild');
      },
      [
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.params.mode: parameter "mode" does not fit "mode"; expected one of sample, greedy, found one of sample, greedy, wild',
      ],
    ],
    [
      'a parameter that may be left out where a value is needed',
      (d) => {
        d.params.steps = { type: 'integer', optional: true };
      },
      [
        '$.nodes.blocks.body.steps.max: parameter "steps" does not fit "max"; expected a parameter that always has a value, found one that may be left out',
      ],
    ],
    [
      'declared parameters that contradict themselves',
      (d) => {
        d.params = {
          steps: { type: 'integer', min: 5, max: 1, default: 1.5 },
          heat: { type: 'number', max: 2, default: 3 },
          mode: { type: 'choice', choices: [], default: 'a' },
          twice: { type: 'choice', choices: ['a', 'a'] },
          both: { type: 'number', optional: true, default: 1 },
        };
      },
      [
        '$.params.both.optional: a parameter with a default is never left out; expected either optional or a default, found both',
        '$.params.heat.default: the default 3 is not allowed by the parameter itself; expected a number, 2 or less, found 3',
        '$.params.mode.choices: there is nothing to choose from; expected a choice, found none',
        '$.params.steps.default: the default of an integer must be an integer; expected an integer, found 1.5',
        '$.params.steps.min: min is larger than max; expected at most 1, found 5',
        '$.params.twice.choices: a choice is listed twice; expected each once, found "a"',
      ],
    ],
    [
      'declared parameters with wrong fields',
      (d) => {
        d.params = {
          steps: { type: 'int' },
          heat: { min: 1 },
          mode: { type: 'choice', choices: 'sample', min: 0 },
          flagged: { type: 'flag', default: 'yes', choice: [] },
          none: 3,
        };
      },
      [
        '$.params.flagged.choice: parameter "flagged" has no field "choice"; expected one of type, default, description, found "choice"',
        '$.params.flagged.default: the default must be true or false; expected true or false, found "yes"',
        '$.params.heat.type: parameter "heat" needs a field "type"; expected one of number, integer, choice, flag, found nothing',
        '$.params.mode.min: parameter "mode" has no field "min"; expected one of type, choices, default, description, found "min"',
        '$.params.mode.choices: choices must be a list; expected a list of texts, found "sample"',
        '$.params.none: parameter "none" must be described by an object; expected an object, found 3',
        '$.params.steps.type: there is no type "int"; expected one of number, integer, choice, flag, found "int"',
      ],
    ],
    [
      'the bound of a loop',
      (d) => {
        d.nodes.blocks.max = -1;
        body(d).steps.max = { $param: 'heat' };
      },
      [
        '$.nodes.blocks.body.steps.max: parameter "heat" does not fit "max"; expected an integer, 0 or more, found a number from 0 to 2',
        '$.nodes.blocks.max: parameter "max" cannot be -1; expected an integer, 0 or more, found -1',
      ],
    ],
    [
      'wrong ports and parameters of a subgraph',
      (d) => {
        use(d).in = { cache: 'steps.block', canvas: 'blocks.canvas' };
        use(d).params = { mod: 1 };
      },
      [
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.in.block: input "block" of "inner" is not wired; expected block, found nothing',
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.in.cache: input "cache" of "inner" takes cache, but "steps.block" gives block; expected cache, found block',
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.in.canvas: "inner" has no input "canvas"; expected one of block, cache, found "canvas"',
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.params.mod: "inner" has no parameter "mod"; expected "mode", found "mod"; did you mean "mode"?',
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.params.mode: parameter "mode" of "inner" must be set; expected one of sample, greedy, found nothing',
      ],
    ],
  ]));
