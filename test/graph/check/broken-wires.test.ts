import { describe } from 'vitest';
import { body, branch, step, testBroken } from '../support/broken.js';

describe('all faults in wires: ', () =>
  testBroken([
    [
      'unwired inputs',
      (d) => {
        delete body(d).open.in;
        delete body(d).append.in.block;
      },
      [
        '$.nodes.blocks.body.append.in.block: input "block" of "append" is not wired; expected block, found nothing',
        '$.nodes.blocks.body.open.in: input "canvas" of "open" is not wired; expected canvas, found nothing',
      ],
    ],
    [
      'unknown inputs',
      (d) => {
        body(d).append.in.blok = 'steps.block';
        delete body(d).append.in.block;
      },
      [
        '$.nodes.blocks.body.append.in.block: input "block" of "append" is not wired; expected block, found nothing',
        '$.nodes.blocks.body.append.in.blok: "append" has no input "blok"; expected one of canvas, block, found "blok"; did you mean "block"?',
      ],
    ],
    [
      'a wire that is no reference',
      (d) => {
        body(d).append.in.block = 'steps';
        body(d).append.in.canvas = 7;
        body(d).open.in.canvas = 'a.b.c';
      },
      [
        '$.nodes.blocks.body.append.in.block: this names no port of a node; expected a reference "node.port", found "steps"',
        '$.nodes.blocks.body.append.in.canvas: a wire must be text; expected text, found 7',
        '$.nodes.blocks.body.open.in.canvas: this names no port of a node; expected a reference "node.port", found "a.b.c"',
      ],
    ],
    [
      'a reference to an unknown node',
      (d) => {
        body(d).append.in.block = 'stops.block';
      },
      [
        '$.nodes.blocks.body.append.in.block: there is no node "stops"; expected one of input, blocks, append, open, steps, found "stops.block"; did you mean "steps"?',
      ],
    ],
    [
      'a reference to an unknown input of the document',
      (d) => {
        d.nodes.blocks.carry.canvas = 'input.canva';
      },
      [
        '$.nodes.blocks.carry.canvas: there is no input "canva"; expected one of cache, canvas, found "input.canva"; did you mean "canvas"?',
      ],
    ],
    [
      'references to unknown outputs',
      (d) => {
        d.outputs.canvas = 'blocks.canvs';
        branch(d).outputs.block = 'draw.score';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.else.outputs.block: node "draw" has no output "score"; expected one of block, scores, found "draw.score"; did you mean "scores"?',
        '$.outputs.canvas: loop "blocks" carries no "canvs"; expected one of cache, canvas, found "blocks.canvs"; did you mean "canvas"?',
      ],
    ],
    [
      'wires of the wrong kind',
      (d) => {
        body(d).append.in.canvas = 'steps.block';
        step(d).guided.flag = 'late.flags';
        step(d).late.in.value = 'open.block';
      },
      [
        '$.nodes.blocks.body.steps.body.late.in.value: input "value" of "late" takes number, but "open.block" gives block; expected number, found block',
        '$.nodes.blocks.body.steps.body.guided.flag: node "late" has no output "flags"; expected "flag", found "late.flags"; did you mean "flag"?',
        '$.nodes.blocks.body.append.in.canvas: input "canvas" of "append" takes canvas, but "steps.block" gives block; expected canvas, found block',
      ],
    ],
    [
      'a flag that is none',
      (d) => {
        step(d).guided.flag = 'steps.index';
        d.nodes.blocks.until = 'append.canvas';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.flag: "flag" of if "guided" takes flag, but "steps.index" gives number; expected flag, found number',
        '$.nodes.blocks.until: "until" of loop "blocks" takes flag, but "append.canvas" gives canvas; expected flag, found canvas',
      ],
    ],
    [
      'a carry without a next value and a next value without a carry',
      (d) => {
        delete body(d).steps.next.block;
        body(d).steps.next.blocks = 'guided.block';
      },
      [
        '$.nodes.blocks.body.steps.next.block: carry "block" of loop "steps" has no next value; expected block, found nothing',
        '$.nodes.blocks.body.steps.next.blocks: loop "steps" carries no "blocks"; expected one of block, cache, found "blocks"; did you mean "block"?',
      ],
    ],
    [
      'a next value of another kind',
      (d) => {
        body(d).steps.next.block = 'guided.cache';
      },
      [
        '$.nodes.blocks.body.steps.next.block: carry "block" of loop "steps" takes block, but "guided.cache" gives cache; expected block, found cache',
      ],
    ],
    [
      'a carry with a reserved name',
      (d) => {
        body(d).steps.carry.index = 'open.block';
        body(d).steps.next.index = 'guided.block';
      },
      [
        '$.nodes.blocks.body.steps.carry.index: "index" is reserved and cannot be a name in "carry"; expected another name, found "index"',
      ],
    ],
    [
      'branches with different outputs',
      (d) => {
        delete branch(d).outputs.cache;
        branch(d).outputs.scores = 'draw.scores';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.else.outputs.cache: only the "then" branch of "guided" gives "cache"; expected cache, found nothing',
        '$.nodes.blocks.body.steps.body.guided.else.outputs.scores: only the "else" branch of "guided" gives "scores"; expected one of block, cache, found "scores"',
      ],
    ],
    [
      'branches with outputs of different kinds',
      (d) => {
        branch(d).outputs.block = 'draw.scores';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.else.outputs.block: output "block" of both branches of "guided" takes block, but "draw.scores" gives scores; expected block, found scores',
      ],
    ],
    [
      'a reference into a body from around it',
      (d) => {
        d.outputs.block = 'steps.block';
      },
      [
        '$.outputs.block: node "blocks/steps" is inside a body or a branch and cannot be seen from here; expected a carry of the loop or an output of the if, found "steps.block"',
      ],
    ],
    [
      'a reference into the other branch',
      (d) => {
        branch(d).outputs.cache = 'inner.cache';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.else.outputs.cache: node "blocks/steps/guided/then/inner" is inside a body or a branch and cannot be seen from here; expected a carry of the loop or an output of the if, found "inner.cache"',
      ],
    ],
    [
      'an if that reads itself in a branch',
      (d) => {
        branch(d).nodes.draw.in.block = 'guided.block';
      },
      [
        '$.nodes.blocks.body.steps.body.guided.else.nodes.draw.in.block: "guided" has no outputs yet inside its own branches; expected a node that can be seen from here, found "guided.block"',
      ],
    ],
    [
      'the index of a loop after the loop',
      (d) => {
        body(d).late2 = { kind: 'threshold', in: { value: 'steps.index' }, params: { limit: 1 } };
      },
      [
        '$.nodes.blocks.body.late2.in.value: the index of loop "steps" exists only inside its body; expected one of block, cache, found "steps.index"',
      ],
    ],
    [
      'a cycle through several nodes',
      (d) => {
        Object.assign(body(d), {
          a: { kind: 'append', in: { canvas: 'b.canvas', block: 'open.block' } },
          b: { kind: 'append', in: { canvas: 'c.canvas', block: 'open.block' } },
          c: { kind: 'append', in: { canvas: 'a.canvas', block: 'open.block' } },
        });
      },
      [
        '$.nodes.blocks.body.a: these nodes wait for each other; expected wires that go back only through the carry of a loop, found a -> b -> c -> a',
      ],
    ],
    [
      'a node that reads itself, and a loop that starts from itself',
      (d) => {
        body(d).append.in.canvas = 'append.canvas';
        body(d).steps.carry.cache = 'steps.cache';
      },
      [
        '$.nodes.blocks.body.append: node "append" reads its own output; expected wires that go back only through the carry of a loop, found append -> append',
        '$.nodes.blocks.body.steps: node "steps" reads its own output; expected wires that go back only through the carry of a loop, found steps -> steps',
      ],
    ],
    [
      'a cycle through a body',
      (d) => {
        body(d).open.in.canvas = 'append.canvas';
      },
      [
        '$.nodes.blocks.body.append: these nodes wait for each other; expected wires that go back only through the carry of a loop, found append -> steps -> open -> append',
      ],
    ],
    [
      'an id that hides one around it',
      (d) => {
        branch(d).nodes.blocks = { kind: 'open-block', in: { canvas: 'input.canvas' } };
      },
      [
        '$.nodes.blocks.body.steps.body.guided.else.nodes.blocks: node "blocks" hides the node "blocks" around it; expected an id that is not used around it, found "blocks"',
      ],
    ],
  ]));
