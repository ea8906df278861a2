import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    testTimeout: 60_000,
    // Vitest compiles what it imports, but not what a worker thread of ours starts with.
    execArgv: ['--import', './scripts/typescript.mjs'],
  },
});
