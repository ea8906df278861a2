import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const clone = fileURLToPath(new URL('../..', import.meta.url));

/** What the page fetches: models and pipelines as they lie in the clone. */
const shipped = ['models', 'pipelines'].flatMap((folder) =>
  readdirSync(`${clone}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|safetensors)$/.test(name))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
);

const serveShipped = (): Plugin => ({
  name: 'shipped-files',
  generateBundle() {
    for (const fileName of shipped) {
      this.emitFile({ type: 'asset', fileName, source: readFileSync(`${clone}${fileName}`) });
    }
  },
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const file = shipped.find((name) => request.url === `/${name}`);
      if (file === undefined) next();
      else response.end(readFileSync(`${clone}${file}`));
    });
  },
});

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The page may lie in any folder of a server.
  base: './',
  resolve: { alias: { 'samplewire/browser': `${clone}src/browser/index.ts` } },
  plugins: [serveShipped()],
  build: {
    outDir: `${clone}dist-browser`,
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      onwarn: (warning, warn) => {
        // Comments of packages in places where they are of no use to the bundler.
        if (warning.code !== 'INVALID_ANNOTATION') warn(warning);
      },
    },
  },
});
