/* global setTimeout */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * A plain server of files on this machine. Beside what lies in the folder: `/cut/...` breaks off in the middle, `/short/...` is complete
 * but too short, `/page/...` is a web page whatever is asked for, `/slow/...` never ends, `/isolated/...` makes the page one that
 * may have threads, and `/strict/...` one that may have them but no workers of blobs.
 */
export async function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const [, first, ...others] = pathname.split('/');
    const odd = ['cut', 'short', 'page', 'slow', 'isolated', 'strict'].includes(first) ? first : '';
    const name = odd === '' ? pathname : `/${others.join('/')}`;
    if (odd === 'page') {
      response.writeHead(200, { 'content-type': types['.html'] }).end('<!doctype html><title>home</title>');
      return;
    }
    const file = path.join(folder, path.normalize(name.endsWith('/') ? `${name}index.html` : name));
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    const headers = { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' };
    const isWeights = file.endsWith('.safetensors');
    if (odd === 'isolated' || odd === 'strict') {
      headers['cross-origin-opener-policy'] = 'same-origin';
      headers['cross-origin-embedder-policy'] = 'require-corp';
      if (odd === 'strict') headers['content-security-policy'] = "worker-src 'self'";
    }
    if (isWeights && ['cut', 'short', 'slow'].includes(odd)) {
      const bytes = readFileSync(file);
      const half = bytes.subarray(0, bytes.length / 2);
      if (odd === 'short') response.writeHead(200, headers).end(half);
      else {
        response.writeHead(200, { ...headers, 'content-length': bytes.length });
        response.write(half, () => odd === 'cut' && setTimeout(() => response.destroy(), 100));
      }
      return;
    }
    response.writeHead(200, headers);
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
