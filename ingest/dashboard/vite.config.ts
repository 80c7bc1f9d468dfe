import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** "/p/:id/page-views/:x" is at pages/p/_/page-views/_.html: what stands second is an id. */
const htmlOf = (pattern: string) => `pages/${pattern.slice(1).replaceAll(/:[a-z_]+/g, '_')}.html`;

/** The pages' patterns with the file of each, as src/routes.ts has them. */
function routes(): [pattern: string, module: string][] {
  const text = readFileSync(join(import.meta.dirname, 'src/routes.ts'), 'utf8');
  const found = [...text.matchAll(/pattern: '(\/[^']+)',\s*load: .*? import\('\.\/(.+?)'\)/g)];
  return found.map(([, pattern = '', module = '']) => [pattern, module]);
}

/**
 * Names in the HTML what the browser would otherwise ask for only when it has
 * read the script before: what every page needs, and, in an HTML for each page,
 * that page's own code. The server chooses by the address.
 */
const preloadCode: Plugin = {
  name: 'preload-code',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const withImports = (file: string): string[] => {
      const chunk = bundle[file];
      return chunk?.type === 'chunk' ? [file, ...chunk.imports.flatMap(withImports)] : [];
    };
    const index = bundle['index.html'];
    const entry = chunks.find((chunk) => chunk.isEntry);
    if (index?.type !== 'asset' || !entry) this.error('there is no page to begin with');
    const always = [entry, ...chunks.filter(({ name }) => name === 'app')].flatMap((chunk) =>
      withImports(chunk.fileName),
    );
    const write = (files: string[]) => {
      const needed = new Set(files);
      needed.delete(entry.fileName);
      const links = [...needed].map(
        (file) => `    <link rel="modulepreload" crossorigin href="/${file}">\n`,
      );
      return String(index.source).replace('  </head>', `${links.join('')}  </head>`);
    };
    for (const [pattern, module] of routes()) {
      const page = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(`/src/${module}.tsx`));
      if (!page) this.error(`the page of ${pattern} has no file of its own`);
      const source = write([...always, ...withImports(page.fileName)]);
      this.emitFile({ type: 'asset', fileName: htmlOf(pattern), source });
    }
    index.source = write(always);
  },
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'public',
  plugins: [preloadCode],
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
    // The HTML says it; the code that would say it once more costs 20 ms before the first request.
    modulePreload: false,
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
