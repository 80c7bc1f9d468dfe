import { defineConfig } from 'vite';

/**
 * Names what every page needs in the HTML: the browser fetches it while it
 * still reads the first script, which only then asks for it.
 */
const preloadFrame = {
  name: 'preload-frame',
  transformIndexHtml: {
    order: 'post' as const,
    handler: (_html: string, context: { bundle?: Record<string, { name?: string }> }) =>
      Object.entries(context.bundle ?? {})
        .filter(([, { name }]) => name === 'app' || name === 'frame')
        .map(([file]) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        })),
  },
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'public',
  plugins: [preloadFrame],
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
    rolldownOptions: {
      output: {
        // A page is a file, what many pages share is one, and not one a module.
        codeSplitting: {
          groups: [
            {
              name: 'start',
              test: /vite\/preload|rolldown|\/src\/(router|routes|api\/(client|early|paths)|model\/(filters|log_search)|ui\/theme)\b/,
              priority: 3,
            },
            { name: 'frame', test: /node_modules\/preact|\/src\//, minShareCount: 3, priority: 2 },
          ],
        },
      },
    },
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
