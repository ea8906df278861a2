import type { OnnxBackendName } from '../../src/models/backends.js';
import { GraphBuilder, type Value } from '../../src/models/onnx/graph/builder.js';
import { loadOnnxRuntime } from '../../src/models/onnx/runtime.js';
import { randomSquare, type Chain, type RateChains, type RateSizes } from './chains.js';
import type { NumberType } from './result.js';

const providers = { onnx: 'cpu', 'onnx-webgpu': 'webgpu', 'onnx-cuda': 'cuda' } as const;

interface ChainGraph {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** What the chain begins with, from the graph's input. */
  readonly first: (graph: GraphBuilder, input: Value) => Value;
  readonly link: (graph: GraphBuilder, x: Value, first: Value) => Value;
}

/** Chains in ONNX Runtime: a graph of so many links, of whose result only one number leaves the device. */
export async function onnxChains(
  backend: OnnxBackendName,
  numbers: NumberType,
  { numbers: length, side }: RateSizes,
): Promise<RateChains> {
  const runtime = await loadOnnxRuntime();
  const chain =
    ({ shape, data, first, link }: ChainGraph): Chain =>
    async (times) => {
      const graph = new GraphBuilder();
      const begin = first(graph, graph.input('x', 'float32', shape));
      let x = begin;
      for (let i = 0; i < times; i += 1) x = link(graph, x, begin);
      const flat = graph.add('Reshape', [x, graph.integers([-1])]);
      const one = graph.add('Slice', [flat, graph.integers([0]), graph.integers([1])]);
      graph.output('one', graph.cast(one, 'float32'), 'float32', [1]);
      const session = await runtime.InferenceSession.create(graph.encode(), {
        executionProviders: [providers[backend]],
        // An optimizer knows that two negations are none.
        graphOptimizationLevel: 'disabled',
        logSeverityLevel: 4,
      });
      const input = new runtime.Tensor('float32', data, shape);
      return () => session.run({ x: input });
    };
  return {
    negations: chain({
      shape: [1],
      data: Float32Array.of(1),
      first: (graph, input) => graph.add('Expand', [input, graph.integers([length])]),
      link: (graph, x) => graph.add('Neg', [x]),
    }),
    products: chain({
      shape: [side, side],
      data: randomSquare(side),
      first: (graph, input) => (numbers === 'fp16' ? graph.cast(input, 'float16') : input),
      link: (graph, x, first) => graph.add('MatMul', [x, first]),
    }),
  };
}
