/** The rooms of src/ from the lowest to the highest: a file may import from its own room and from those below it. */
const ROOMS = [
  'graph',
  'platform',
  'models',
  'nodes',
  'runtime',
  'training|evaluation|testing',
  'cli|server|studio|browser',
];

/** Modules of Node, and packages that run on it alone. */
const NODE_ONLY = [
  '^node:',
  `^(${require('node:module').builtinModules.join('|')})$`,
  '(^|/)node_modules/(onnxruntime-node|webgpu|@tensorflow/tfjs-node)',
];

const upwards = ROOMS.slice(0, -1).map((room, level) => ({
  name: `imports-point-down-from-${room.replaceAll('|', '-')}`,
  comment:
    'cli, server, studio, browser > training, evaluation, testing > runtime > nodes > models > platform > graph.',
  severity: 'error',
  from: { path: `^src/(${room})/` },
  to: { path: [`^src/(${ROOMS.slice(level + 1).join('|')})/`, '^src/[^/]+$'] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'surface-without-cli',
      comment: 'src/index.ts is the library: it may show everything but the command line.',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'browser-without-node',
      comment:
        'A page has neither Node nor packages that are made for it: nothing that src/browser leads to may need them.',
      severity: 'error',
      from: { path: '^src/(browser/|engine\\.ts$)' },
      to: { path: NODE_ONLY, reachable: true },
    },
    {
      name: 'browser-without-the-whole-tensor-library',
      comment: 'Decoding needs its core; layers, data and WebGL would be three quarters of what a page loads.',
      severity: 'error',
      from: { path: '^src/(browser/|models/tfjs/loading/browser\\.ts$)' },
      to: { path: '(^|/)node_modules/@tensorflow/tfjs/' },
    },
    {
      name: 'every-file-has-a-room',
      comment: 'A folder that the rules do not know would escape them.',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${ROOMS.join('|')})/`, '^src/(index|engine)\\.ts$'] },
      to: {},
    },
    {
      name: 'runtime-knows-no-node',
      comment: 'The runtime gets nodes from the checked graph, by their definitions.',
      severity: 'error',
      from: { path: '^src/runtime/' },
      to: { path: '^src/nodes/' },
    },
    {
      name: 'runtime-knows-no-model',
      comment: 'The runtime knows a model by its contract only.',
      severity: 'error',
      from: { path: '^src/runtime/' },
      to: { path: '^src/models/', pathNot: '^src/models/denoiser\\.ts$' },
    },
    {
      name: 'platform-knows-errors-only',
      comment: 'src/platform is what only Node has: files. Of the language it knows how to refuse what a person gave.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/graph/', pathNot: '^src/graph/(input-error|message-of)\\.ts$' },
    },
    {
      name: 'nodes-know-no-node',
      comment:
        'What two nodes share lives in src/nodes/support; only src/nodes/index.ts lists nodes, for src/nodes/standard.ts.',
      severity: 'error',
      from: { path: '^src/nodes/', pathNot: '^src/nodes/(index|standard)\\.ts$' },
      to: { path: '^src/nodes/', pathNot: '^src/nodes/support/' },
    },
    {
      name: 'graph-without-rxjs',
      severity: 'error',
      from: { path: '^src/graph/' },
      to: { path: '(^|/)node_modules/rxjs/' },
    },
    {
      name: 'tensors-only-in-models-and-training',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(models|training)/' },
      to: { path: '(^|/)node_modules/@tensorflow/' },
    },
    {
      name: 'tensor-library-comes-from-the-loader',
      comment: 'Tensors of two copies of the library do not mix: take `tf` from loadTensorBackend, import types only.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/models/tfjs/loading/' },
      to: { path: '(^|/)node_modules/@tensorflow/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-exist',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
