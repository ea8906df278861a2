import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { serve } from './serve.mjs';

const clone = fileURLToPath(new URL('../../..', import.meta.url));

/** The page of examples/browser and a page of our own, built from `dist` and served at two origins. */
export async function openSite() {
  const folder = mkdtempSync(path.join(tmpdir(), 'samplewire-browser-'));
  const { output } = await build({
    configFile: `${clone}examples/browser/vite.config.ts`,
    logLevel: 'warn',
    resolve: { alias: { 'samplewire/browser': `${clone}dist/browser/index.js` } },
    worker: { format: 'es' },
    build: {
      outDir: folder,
      rollupOptions: {
        input: { page: `${clone}examples/browser/index.html`, harness: `${clone}scripts/e2e/browser/harness.js` },
      },
    },
  });
  const script = output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry && chunk.name === 'harness').fileName;
  writeFileSync(
    `${folder}/harness.html`,
    `<!doctype html><title>-</title><link rel="icon" href="data:," /><script type="module" src="${script}"></script>`,
  );
  const [server, elsewhere] = [await serve(folder), await serve(folder)];
  return {
    origin: server.origin,
    elsewhere: elsewhere.origin,
    close() {
      server.close();
      elsewhere.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
