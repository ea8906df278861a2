/** A document that opens a block, itself or by including another one. */
export const part = (name: string, use?: string) => ({
  format: 1,
  name,
  inputs: { canvas: 'canvas' },
  nodes: {
    open:
      use === undefined
        ? { kind: 'next-block', in: { canvas: 'input.canvas' }, params: { blockSize: 4 } }
        : { kind: 'graph', use, in: { canvas: 'input.canvas' } },
  },
  outputs: { block: 'open.block' },
});
