import { defineConfig } from 'vitest/config';

// Real Chromium against the built files in dist/sdk.
export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
