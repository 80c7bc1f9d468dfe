import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: '"0.1.0"', __LATE_FILE__: '"pagewake-late.mjs"' },
  test: {
    include: ['test/*.test.ts'],
    environment: 'happy-dom',
    restoreMocks: true,
    // Against a hang only: on a busy machine the first import alone takes over 5 s.
    testTimeout: 60_000,
  },
});
