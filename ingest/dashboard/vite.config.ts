import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'public',
  // Preact's own JSX runtime; its Babel preset would only add dev tools.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // light-dark() is kept as written: older engines get the light colours'
    // fallback from the browser's defaults, not a second style sheet.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // data: URLs for scripts and styles are outside the server's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` talks to the mock API (npm run mock) or a real server.
  server: {
    proxy: Object.fromEntries(
      ['/api', '/self.js', '/pagewake'].map((path) => [
        path,
        process.env.PAGEWAKE_API ?? 'http://127.0.0.1:8791',
      ]),
    ),
  },
  test: { include: ['test/**/*.test.ts', 'test/**/*.test.tsx'] },
} as Parameters<typeof defineConfig>[0]);
