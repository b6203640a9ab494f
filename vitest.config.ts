import { defineConfig } from 'vitest/config';

const config = defineConfig({
  test: {
    setupFiles: ['tests/support/parity.ts'],
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'forks', // a process each: V8 flags, memory limits and WebAssembly memories of one file do not reach the next
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});

export default config; // Vitest asks for a default export; nothing under src has one
