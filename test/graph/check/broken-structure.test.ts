import { describe } from 'vitest';
import { body, branch, step, use, testBroken } from '../support/broken.js';

describe('all faults in structure: ', () =>
  testBroken([
    [
      'an unknown field of the document',
      (d) => {
        d.node = d.nodes;
      },
      [
        '$.node: a pipeline has no field "node"; expected one of format, name, nodes, outputs, $schema, imports, graphs, description, params, inputs, layout, found "node"',
      ],
    ],
    [
      'missing fields of the document',
      (d) => {
        delete d.name;
        delete d.outputs;
        delete d.format;
      },
      [
        '$.format: a pipeline needs a field "format"; expected "format", found nothing',
        '$.name: a pipeline needs a field "name"; expected "name", found nothing',
        '$.outputs: a pipeline needs a field "outputs"; expected "outputs", found nothing',
      ],
    ],
    [
      'a document without nodes',
      (d) => {
        delete d.nodes;
      },
      ['$.nodes: a pipeline needs a field "nodes"; expected "nodes", found nothing'],
    ],
    [
      'a newer format, and nothing else',
      (d) => {
        d.format = 2;
        d.surprise = true;
      },
      ['$.format: this pipeline was written by a newer version (format 2); expected 1 or less, found 2'],
    ],
    [
      'a format that is no number',
      (d) => {
        d.format = '1';
        d.nmae = 'x';
      },
      [
        '$.format: this is no format of a pipeline; expected 1, found "1"',
        '$.nmae: a pipeline has no field "nmae"; expected one of format, name, nodes, outputs, $schema, imports, graphs, description, params, inputs, layout, found "nmae"',
      ],
    ],
    [
      'an empty name and texts that are none',
      (d) => {
        d.name = ' ';
        d.description = 3;
        d.$schema = false;
      },
      [
        "$['$schema']: the address of a schema must be text; expected text, found false",
        '$.name: a pipeline needs a name; expected text that is not empty, found " "',
        '$.description: a description must be text; expected text, found 3',
      ],
    ],
    [
      'unknown kinds of nodes',
      (d) => {
        body(d).open.kind = 'open-blok';
        body(d).append.kind = 'Loop';
        d.graphs.step.nodes.draw.kind = 'constructor';
      },
      [
        '$.nodes.blocks.body.append.kind: there is no kind of node "Loop"; expected a registered kind, loop, if or graph, found "Loop"; did you mean "loop"?',
        '$.nodes.blocks.body.open.kind: there is no kind of node "open-blok"; expected a registered kind, loop, if or graph, found "open-blok"; did you mean "open-block"?',
        '$.graphs.step.nodes.draw.kind: there is no kind of node "constructor"; expected a registered kind, loop, if or graph, found "constructor"',
      ],
    ],
    [
      'nodes without a kind, and that are no objects',
      (d) => {
        body(d).open = [];
        delete body(d).append.kind;
      },
      [
        '$.nodes.blocks.body.append.kind: node "append" needs a kind; expected the name of a kind of node, found nothing',
        '$.nodes.blocks.body.open: node "open" must be an object; expected an object with a "kind", found a list',
      ],
    ],
    [
      'an id that is no name, and one that is reserved',
      (d) => {
        body(d)['no name'] = body(d).open;
        d.nodes.input = body(d).open;
        body(d)['a.b'] = 1;
      },
      [
        '$.nodes.blocks.body[\'a.b\']: "a.b" cannot be a name in the body of loop "blocks"; expected a letter, then letters, digits, - or _, found "a.b"',
        '$.nodes.blocks.body[\'a.b\']: node "a.b" must be an object; expected an object with a "kind", found 1',
        '$.nodes.blocks.body[\'no name\']: "no name" cannot be a name in the body of loop "blocks"; expected a letter, then letters, digits, - or _, found "no name"',
        '$.nodes.input: "input" is reserved and cannot be a name in "nodes"; expected another name, found "input"',
      ],
    ],
    [
      'a loop without a bound, and one with half a body',
      (d) => {
        delete d.nodes.blocks.max;
        delete body(d).steps.next;
        delete body(d).steps.carry;
      },
      [
        '$.nodes.blocks.max: loop "blocks" needs a field "max"; expected "max", found nothing',
        '$.nodes.blocks.body.steps.carry: loop "steps" needs a field "carry"; expected "carry", found nothing',
        '$.nodes.blocks.body.steps.next: loop "steps" needs a field "next"; expected "next", found nothing',
      ],
    ],
    [
      'an if without its parts',
      (d) => {
        delete step(d).guided.flag;
        delete step(d).guided.else;
      },
      [
        '$.nodes.blocks.body.steps.body.guided.flag: if "guided" needs a field "flag"; expected "flag", found nothing',
        '$.nodes.blocks.body.steps.body.guided.else: if "guided" needs a field "else"; expected "else", found nothing',
        '$.layout[\'blocks/steps/guided/else/draw\']: there is no node "blocks/steps/guided/else/draw" to place; expected the path of a node, such as "loop/node", found "blocks/steps/guided/else/draw"',
      ],
    ],
    [
      'an unknown field of an if, a branch and a loop',
      (d) => {
        step(d).guided.otherwise = {};
        branch(d).output = {};
        body(d).steps.while = 'late.flag';
      },
      [
        '$.nodes.blocks.body.steps.while: loop "steps" has no field "while"; expected one of kind, carry, max, body, next, until, found "while"',
        '$.nodes.blocks.body.steps.body.guided.otherwise: if "guided" has no field "otherwise"; expected one of kind, flag, then, else, found "otherwise"',
        '$.nodes.blocks.body.steps.body.guided.else.output: the "else" branch of "guided" has no field "output"; expected one of outputs, nodes, found "output"',
      ],
    ],
    [
      'an unknown subgraph',
      (d) => {
        use(d).use = 'stap';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.use: there is no subgraph "stap"; expected one of step, or a path with ./, found "stap"; did you mean "step"?',
      ],
    ],
    [
      'a draft that is no flag, and one that is no subgraph',
      (d) => {
        use(d).draft = { $param: 'mode' };
        body(d).open.draft = true;
      },
      [
        '$.nodes.blocks.body.open.draft: node "open" has no field "draft"; expected one of kind, in, params, found "draft"',
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.draft: "draft" must be true or false; expected true or false, found an object',
      ],
    ],
    [
      'a subgraph in a file where there are none',
      (d) => {
        use(d).use = './step.json';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.then.nodes.inner.use: other documents cannot be included here; expected a pipeline beside this one, found "./step.json"',
      ],
    ],
    [
      'a subgraph that includes itself',
      (d) => {
        d.graphs.step.nodes.again = { kind: 'graph', use: 'other', in: { cache: 'input.cache', block: 'input.block' } };
        d.graphs.other = {
          inputs: d.graphs.step.inputs,
          nodes: {
            back: {
              kind: 'graph',
              use: 'step',
              in: { cache: 'input.cache', block: 'input.block' },
              params: { mode: 'sample' },
            },
          },
          outputs: { block: 'back.block' },
        };
      },
      [
        '$.graphs.other.nodes.back.use: a subgraph cannot include itself; expected another subgraph, found other -> step -> other',
      ],
    ],
    [
      'a fault inside a subgraph',
      (d) => {
        d.graphs.step.nodes.draw.in.block = 'input.cache';
        d.graphs.step.outputs.more = 'blocks.canvas';
      },
      [
        '$.graphs.step.outputs.more: there is no node "blocks"; expected one of input, denoise, draw, found "blocks.canvas"',
        '$.graphs.step.nodes.draw.in.block: input "block" of "draw" takes block, but "input.cache" gives cache; expected block, found cache',
      ],
    ],
    [
      'unknown kinds of ports',
      (d) => {
        d.inputs.canvas = 'canvass';
        d.inputs.cache = 3;
      },
      [
        '$.inputs.cache: a kind of port must be text; expected text, found 3',
        '$.inputs.canvas: there is no kind of port "canvass"; expected one of canvas, block, noise-level, scores, positions, flag, number, prediction, cache, found "canvass"; did you mean "canvas"?',
      ],
    ],
    [
      'a layout with places that are none',
      (d) => {
        d.layout.bloks = { x: 1, y: 2 };
        d.layout.blocks = { x: 'left', y: 1, z: 0 };
      },
      [
        '$.layout.blocks.z: a place has no field "z"; expected one of x, y, found "z"',
        '$.layout.blocks.x: x must be a number; expected a number, found "left"',
        '$.layout.bloks: there is no node "bloks" to place; expected the path of a node, such as "loop/node", found "bloks"; did you mean "blocks"?',
      ],
    ],
    [
      'parts of the wrong type',
      (d) => {
        d.graphs = [];
        d.params = 'none';
        d.outputs = null;
      },
      [
        '$.params: "params" must be an object; expected an object, found "none"',
        '$.outputs: "outputs" must be an object; expected an object, found null',
        '$.graphs: "graphs" must be an object; expected an object, found a list',
      ],
    ],
    [
      'several faults of every sort',
      (d) => {
        d.nme = d.name;
        delete d.name;
        d.nodes.blocks.max = 1.5;
        body(d).open.kind = 'openblock';
        body(d).append.in.block = 'step.block';
        step(d).late.params.limt = 3;
        branch(d).outputs.block = 'denoise.cache';
        d.params.steps.default = 51;
        d.outputs.done = 'append.done';
      },
      [
        '$.nme: a pipeline has no field "nme"; expected one of format, name, nodes, outputs, $schema, imports, graphs, description, params, inputs, layout, found "nme"; did you mean "name"?',
        '$.name: a pipeline needs a field "name"; expected "name", found nothing',
        '$.nodes.blocks.body.open.kind: there is no kind of node "openblock"; expected a registered kind, loop, if or graph, found "openblock"; did you mean "open-block"?',
        '$.params.steps.default: the default 51 is not allowed by the parameter itself; expected an integer from 1 to 50, found 51',
        '$.nodes.blocks.body.append.in.block: there is no node "step"; expected one of input, blocks, append, open, steps, found "step.block"; did you mean "steps"?',
        '$.outputs.done: node "blocks/append" is inside a body or a branch and cannot be seen from here; expected a carry of the loop or an output of the if, found "append.done"',
        '$.nodes.blocks.body.steps.body.late.params.limt: "late" has no parameter "limt"; expected one of limit, margin, found "limt"; did you mean "limit"?',
        '$.nodes.blocks.body.steps.body.guided.else.outputs.block: output "block" of both branches of "guided" takes block, but "denoise.cache" gives cache; expected block, found cache',
        '$.nodes.blocks.max: parameter "max" cannot be 1.5; expected an integer, 0 or more, found 1.5',
      ],
    ],
  ]));
