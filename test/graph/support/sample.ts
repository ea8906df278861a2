/** A valid document with every part of the language, to be broken by tests. Plain data, as people write it. */
export function sampleDocument() {
  return JSON.parse(JSON.stringify(sample));
}

const sample = {
  format: 1,
  name: 'sample',
  params: {
    steps: { type: 'integer', min: 1, max: 50, default: 4 },
    heat: { type: 'number', min: 0, max: 2, default: 1 },
    mode: { type: 'choice', choices: ['sample', 'greedy'], default: 'sample' },
  },
  inputs: { canvas: 'canvas', cache: 'cache' },
  graphs: {
    step: {
      params: { mode: { type: 'choice', choices: ['sample', 'greedy'] } },
      inputs: { cache: 'cache', block: 'block' },
      nodes: {
        denoise: { kind: 'denoise', in: { cache: 'input.cache', block: 'input.block' } },
        draw: {
          kind: 'sample-step',
          in: { prediction: 'denoise.prediction', block: 'input.block' },
          params: { mode: { $param: 'mode' } },
        },
      },
      outputs: { block: 'draw.block', cache: 'denoise.cache' },
    },
  },
  nodes: {
    blocks: {
      kind: 'loop',
      carry: { canvas: 'input.canvas', cache: 'input.cache' },
      max: 100,
      until: 'append.done',
      body: {
        open: { kind: 'open-block', in: { canvas: 'blocks.canvas' }, params: { blockSize: 4 } },
        steps: {
          kind: 'loop',
          carry: { block: 'open.block', cache: 'blocks.cache' },
          max: { $param: 'steps' },
          body: {
            late: { kind: 'threshold', in: { value: 'steps.index' }, params: { limit: 2 } },
            guided: {
              kind: 'if',
              flag: 'late.flag',
              then: {
                nodes: {
                  inner: {
                    kind: 'graph',
                    use: 'step',
                    in: { cache: 'steps.cache', block: 'steps.block' },
                    params: { mode: { $param: 'mode' } },
                  },
                },
                outputs: { block: 'inner.block', cache: 'inner.cache' },
              },
              else: {
                nodes: {
                  denoise: {
                    kind: 'denoise',
                    in: { cache: 'steps.cache', block: 'steps.block' },
                    params: { temperature: { $param: 'heat' } },
                  },
                  draw: {
                    kind: 'sample-step',
                    in: { prediction: 'denoise.prediction', block: 'steps.block' },
                    params: { mode: 'greedy', strict: true },
                  },
                },
                outputs: { block: 'draw.block', cache: 'denoise.cache' },
              },
            },
          },
          next: { block: 'guided.block', cache: 'guided.cache' },
        },
        append: { kind: 'append', in: { canvas: 'blocks.canvas', block: 'steps.block' } },
      },
      next: { canvas: 'append.canvas', cache: 'steps.cache' },
    },
  },
  outputs: { canvas: 'blocks.canvas', cache: 'blocks.cache' },
  layout: { blocks: { x: 0, y: 0 }, 'blocks/steps/guided/else/draw': { x: 10, y: 20 } },
};
