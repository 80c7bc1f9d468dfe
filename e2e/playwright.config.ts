import { defineConfig } from '@playwright/test';

// No retries anywhere: a test that passes the second time hides a race.
export default defineConfig({
  testDir: '.',
  testMatch: ['specs/**/*.spec.ts', 'clients/**/*.spec.ts'],
  outputDir: '../build/e2e-results',
  timeout: 60_000,
  expect: { timeout: 20_000 },
  retries: 0,
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  reporter: process.env.PLAYWRIGHT_JUNIT_OUTPUT_NAME ? [['list'], ['junit']] : [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
    },
  },
});
