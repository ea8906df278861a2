import { describe, expect, test } from 'vitest';
import type { Body } from '../../../src/graph/builder/body.js';
import { pipeline } from '../../../src/graph/builder/pipeline.js';
import type { Wire } from '../../../src/graph/builder/types.js';
import { canonicalJson } from '../../../src/graph/canonical.js';
import { checkPipeline } from '../../../src/graph/check.js';
import { InputError } from '../../../src/graph/input-error.js';
import { integer } from '../../../src/graph/params.js';
import { append, denoise, openBlock, testRegistry } from '../support/nodes.js';
import { examples, oneStep, sampler } from '../support/pipelines.js';

const face = {
  inputs: { canvas: 'canvas', cache: 'cache' },
  params: { size: integer({ min: 1, default: 4 }) },
} as const;

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a built pipeline', () => {
  test.each(examples)('$name is a document that the checks accept and leave as it is', ({ document, graph, name }) => {
    const outcome = checkPipeline(JSON.parse(JSON.stringify(document)), testRegistry);
    expect(outcome).toEqual({ ok: true, graph });
    expect(document.name).toBe(name);
    expect(graph.document).toBe(document);
  });

  test('is the document that a person would write', () => {
    const built = pipeline('small', face, (g) => {
      const { block } = g.node('open', openBlock, { canvas: g.input.canvas }, { blockSize: g.param.size });
      const ended = g.loop('steps', { carry: { cache: g.input.cache }, max: 3 }, (b, x) => ({
        next: { cache: b.node('denoise', denoise, { cache: x.cache, block }, { temperature: 0.5 }).cache },
      }));
      const added = g.node('append', append, { canvas: g.input.canvas, block });
      const picked = g.when(
        'pick',
        added.done,
        () => ({ canvas: added.canvas }),
        (e) => ({ canvas: e.node('again', append, { canvas: added.canvas, block }).canvas }),
      );
      return { canvas: picked.canvas, cache: ended.cache };
    });
    expect(built.document).toEqual({
      format: 1,
      name: 'small',
      params: { size: { type: 'integer', min: 1, default: 4 } },
      inputs: { canvas: 'canvas', cache: 'cache' },
      nodes: {
        open: { kind: 'open-block', in: { canvas: 'input.canvas' }, params: { blockSize: { $param: 'size' } } },
        steps: {
          kind: 'loop',
          carry: { cache: 'input.cache' },
          max: 3,
          body: {
            denoise: {
              kind: 'denoise',
              in: { cache: 'steps.cache', block: 'open.block' },
              params: { temperature: 0.5 },
            },
          },
          next: { cache: 'denoise.cache' },
        },
        append: { kind: 'append', in: { canvas: 'input.canvas', block: 'open.block' } },
        pick: {
          kind: 'if',
          flag: 'append.done',
          then: { outputs: { canvas: 'append.canvas' } },
          else: {
            nodes: { again: { kind: 'append', in: { canvas: 'append.canvas', block: 'open.block' } } },
            outputs: { canvas: 'again.canvas' },
          },
        },
      },
      outputs: { canvas: 'pick.canvas', cache: 'steps.cache' },
    });
  });

  test('takes in the pipelines that it uses, and theirs', () => {
    const around = pipeline('around', face, (g) => ({
      canvas: g.use('inner', sampler, g.input, { steps: g.param.size }).canvas,
    }));
    expect(Object.keys(around.document.graphs ?? {})).toEqual(['one-step', 'sampler']);
    expect(around.definitions.map(({ kind }) => kind).sort()).toEqual(testRegistry.kinds);
    const loop = around.graph.body.nodes[0];
    expect(loop?.path).toBe('inner/blocks');
    const { name, graphs, ...inner } = sampler.document;
    expect([name, Object.keys(graphs ?? {})]).toEqual(['sampler', ['one-step']]);
    const { format, ...graph } = inner;
    expect([format, around.document.graphs?.['sampler']]).toEqual([1, graph]);
  });
});

describe('the builder refuses', () => {
  const build = (make: (g: Body & { input: { canvas: Wire<'canvas'>; cache: Wire<'cache'> } }) => Wire) =>
    messageOf(() => pipeline('p', face, (g) => ({ out: make(g) })));

  test('a wire of a body that has ended', () => {
    const message = build((g) => {
      let kept = g.input.canvas;
      g.loop('rows', { carry: { canvas: g.input.canvas }, max: 2 }, (_, x) => {
        kept = x.canvas;
        return { next: { canvas: x.canvas } };
      });
      return kept;
    });
    expect(message).toBe('wire "rows.canvas" exists only in the body of "rows" and cannot be used in pipeline "p"');
  });

  test('a wire of the other branch, even where its name exists in both', () => {
    const message = build((g) => {
      const { block } = g.node('open', openBlock, { canvas: g.input.canvas });
      const { done } = g.node('first', append, { canvas: g.input.canvas, block });
      let kept = g.input.canvas;
      return g.when(
        'pick',
        done,
        (t) => ({ canvas: (kept = t.node('add', append, { canvas: g.input.canvas, block }).canvas) }),
        (e) => {
          e.node('add', append, { canvas: g.input.canvas, block });
          return { canvas: kept };
        },
      ).canvas;
    });
    expect(message).toBe(
      'wire "add.canvas" exists only in the "then" branch of "pick" and cannot be used in the "else" branch of "pick"',
    );
  });

  test('a wire or a parameter of another pipeline', () => {
    expect(build(() => oneStep.outputs.block)).toBe('pipeline "p" uses a wire "sample.block" of another pipeline');
    const other = { param: 'size', spec: integer({ min: 1, default: 4 }) };
    expect(build((g) => g.node('open', openBlock, { canvas: g.input.canvas }, { blockSize: other }).block)).toBe(
      'pipeline "p" uses a parameter "size" of another pipeline',
    );
  });

  test('an id that is taken', () => {
    const message = build((g) => {
      g.node('open', openBlock, { canvas: g.input.canvas });
      return g.node('open', openBlock, { canvas: g.input.canvas }).block;
    });
    expect(message).toBe('two nodes of pipeline "p" have the id "open"');
  });

  test('two definitions of one kind', () => {
    const message = build((g) => {
      g.node('a', openBlock, { canvas: g.input.canvas });
      return g.node('b', { ...openBlock }, { canvas: g.input.canvas }).block;
    });
    expect(message).toBe('two different definitions have the kind "open-block"');
  });

  test('two subgraphs of one name, and names that are no names', () => {
    const make = (name: string, size: number) =>
      pipeline(name, face, (g) => ({
        block: g.node('open', openBlock, { canvas: g.input.canvas }, { blockSize: size }).block,
      }));
    const both = (first: number, second: number) => () =>
      pipeline('p', face, (g) => {
        g.use('a', make('part', first), g.input);
        return { block: g.use('b', make('part', second), g.input).block };
      });
    expect(messageOf(both(1, 2))).toBe('two different subgraphs are named "part"');
    expect(both(1, 1)().graph.body.nodes.map(({ path }) => path)).toEqual(['a/open', 'b/open']);
    expect(build((g) => g.use('a', make('no name', 1), g.input).block)).toContain(
      'a pipeline named "no name" cannot be a subgraph',
    );
  });

  test('a node that comes too late for its body', () => {
    const late = (body: Body, g: { input: { canvas: Wire<'canvas'> } }) =>
      body.node('late', openBlock, { canvas: g.input.canvas }).block;
    const inLoop = build((g) => {
      const bodies: Body[] = [];
      const { canvas } = g.loop('rows', { carry: { canvas: g.input.canvas }, max: 2 }, (b, x) => {
        bodies.push(b);
        return { next: { canvas: x.canvas } };
      });
      for (const body of bodies) late(body, g);
      return canvas;
    });
    expect(inLoop).toBe('node "late" comes too late: the body of "rows" is already built');
    const inBranch = build((g) => {
      const { block } = g.node('open', openBlock, { canvas: g.input.canvas });
      const { done } = g.node('first', append, { canvas: g.input.canvas, block });
      const bodies: Body[] = [];
      return g.when(
        'pick',
        done,
        (t) => {
          bodies.push(t);
          return { block };
        },
        () => {
          for (const body of bodies) late(body, g);
          return { block };
        },
      ).block;
    });
    expect(inBranch).toBe('node "late" comes too late: the "then" branch of "pick" is already built');
    const bodies: Body[] = [];
    const { outputs } = pipeline('p', face, (g) => {
      bodies.push(g);
      return { canvas: g.input.canvas };
    });
    expect(messageOf(() => bodies[0]?.node('late', openBlock, outputs))).toBe(
      'node "late" comes too late: pipeline "p" is already built',
    );
  });

  test('everything that the checks find, all at once', () => {
    const message = build((g) => {
      g.node('no name', openBlock, { canvas: g.input.canvas }, { blockSize: 100 });
      g.node('input', openBlock, { canvas: g.input.canvas }, { blockSize: 1.5 });
      return g.input.canvas;
    });
    expect(message.split('\n')).toEqual([
      'pipeline "p" has 4 faults:',
      expect.stringContaining('$.nodes.input: "input" is reserved'),
      expect.stringContaining('$.nodes[\'no name\']: "no name" cannot be a name'),
      expect.stringContaining('$.nodes.input.params.blockSize: parameter "blockSize" cannot be 1.5'),
      expect.stringContaining('$.nodes[\'no name\'].params.blockSize: parameter "blockSize" cannot be 100'),
    ]);
  });
});

test('documents are the same whatever the order in which nodes were put', () => {
  const make = (first: boolean) =>
    pipeline('p', face, (g) => {
      const put = (id: string) => g.node(id, openBlock, { canvas: g.input.canvas });
      const [a, b] = first ? [put('a'), put('b')] : [put('b'), put('a')];
      return first ? { x: a.block, y: b.block } : { y: a.block, x: b.block };
    });
  expect(canonicalJson(make(true).document)).toBe(canonicalJson(make(false).document));
  expect(make(true).graph).toEqual(make(false).graph);
});
