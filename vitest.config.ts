import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    testTimeout: 60_000,
    globalSetup: './test/support/temporary-folder.ts',
    // Vitest would leave one processor free: of two, that is half of them.
    maxWorkers: '100%',
    // Vitest compiles what it imports, but not what a worker thread of ours starts with.
    execArgv: ['--import', './scripts/typescript.mjs'],
    projects: [
      {
        extends: true,
        test: {
          name: 'samplewire',
          include: ['test/**/*.test.ts'],
          typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
        },
      },
      {
        // The same cases of exact distributions with the slots, batches and question graphs of ONNX Runtime's engine.
        extends: true,
        test: {
          name: 'onnx engine',
          include: ['test/runtime/distributions/**/*.test.ts'],
          env: { SAMPLEWIRE_TEST_ENGINE: 'onnx' },
        },
      },
      {
        // The same cases with the slabs of tensors, and questions that are answered by tensor operations, as on a GPU. Which backend
        // computes them is for SAMPLEWIRE_TEST_TENSORS to say.
        extends: true,
        test: {
          name: 'device questions',
          include: ['test/runtime/distributions/**/*.test.ts'],
          env: { SAMPLEWIRE_TEST_ENGINE: 'device' },
        },
      },
    ],
  },
});
