import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { onTestFinished } from 'vitest';

/** An answer in place of a file. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  /** Sends as many bytes of it and says that there are more: the connection breaks then, or stays silent. */
  readonly cut?: { readonly after: number; readonly then: 'break' | 'wait' };
}

export interface FolderServer {
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
}

/** Serves the files of a folder until the test ends, with other answers for some of their paths. */
export async function serveFolder(
  folder: string,
  answers: Readonly<Record<string, Answer>> = {},
): Promise<FolderServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    asked.push(path);
    const { status = 200, type = 'application/octet-stream', body, cut } = answers[path] ?? {};
    const content = body === undefined ? readFile(join(folder, normalize(path))) : Promise.resolve(Buffer.from(body));
    void content.then(
      (bytes) => {
        response.writeHead(status, { 'content-type': type, 'content-length': bytes.length });
        if (cut === undefined) response.end(bytes);
        else response.write(bytes.subarray(0, cut.after), () => cut.then === 'break' && response.destroy());
      },
      () => response.writeHead(404).end('not found'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('the server has no port');
  return { address: `http://127.0.0.1:${String(place.port)}/`, asked };
}
