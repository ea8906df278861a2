import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendFile, type Fault, type SeenRequest } from './file-server.js';

export interface ServedRepository {
  /** Contents by path. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** Commits by branch or tag. Default: `main`. */
  readonly refs?: Readonly<Record<string, string>>;
  /** Only for this token. */
  readonly token?: string;
  /** Its metadata is for all, its content for this token alone. */
  readonly gated?: string;
}

export const commit = 'c0ffee'.padEnd(40, '0');

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export const gitSha1 = (content: Buffer): string =>
  createHash('sha1')
    .update(`blob ${String(content.length)}\0`)
    .update(content)
    .digest('hex');

const isLarge = (path: string): boolean => path.endsWith('.safetensors');

/** Answers as the hub does: its API, small files by a relative redirect, large ones by a redirect to another host. */
export class FakeHub {
  readonly requests: SeenRequest[] = [];
  /** Requests at the host that keeps large files. */
  readonly storageRequests: SeenRequest[] = [];
  readonly repositories = new Map<string, ServedRepository>();
  faults: Fault[] = [];
  /** Entries on a page of a listing. */
  pageSize = 1000;
  /** Answers requests to the API in place of the hub, where it gives true. */
  impostor: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;
  /** Address of the API. */
  endpoint = '';
  private readonly api: Server;
  private readonly storage: Server;

  private constructor() {
    this.api = createServer((request, response) => this.answer(request, response));
    this.storage = createServer((request, response) => this.answerStorage(request, response));
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    for (const server of [hub.api, hub.storage]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    hub.endpoint = originOf(hub.api);
    return hub;
  }

  async stop(): Promise<void> {
    for (const server of [this.api, this.storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** URLs asked for since the last call. */
  taken(): readonly string[] {
    const urls = [...this.requests, ...this.storageRequests].map(({ url }) => url);
    this.requests.length = 0;
    this.storageRequests.length = 0;
    return urls;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.impostor?.(request, response) === true) return;
    const url = request.url ?? '';
    const fault = this.faultFor(url);
    if (fault?.status !== undefined) {
      this.see(this.requests, request, 0);
      response.writeHead(fault.status, fault.headers).end();
      return;
    }
    const [path = ''] = url.split('?');
    const parts = path.split('/').slice(1).map(decodeURIComponent);
    if (parts[0] === 'api' && parts[1] === 'resolve-cache') {
      const [, , org, name, sha = '', ...file] = parts;
      const content = this.repositories.get(`${String(org)}/${String(name)}`)?.files[file.join('/')] ?? Buffer.alloc(0);
      response.setHeaders(new Headers({ 'x-repo-commit': sha, etag: `"${gitSha1(content)}"` }));
      this.send(this.requests, request, response, content, fault);
      return;
    }
    this.see(this.requests, request, 0);
    const [org, name, kind, revision = '', ...file] = parts[0] === 'api' ? parts.slice(2) : parts;
    const repo = `${String(org)}/${String(name)}`;
    const served = this.repositories.get(repo);
    const { authorization } = request.headers;
    const may = served?.token === undefined || authorization === `Bearer ${served.token}`;
    if (served === undefined || !may) {
      refuse(response, authorization === undefined ? 401 : 404, 'RepoNotFound');
      return;
    }
    const refs = served.refs ?? { main: commit };
    const sha = refs[revision] ?? Object.values(refs).find((known) => known === revision);
    if (sha === undefined) {
      refuse(response, 404, 'RevisionNotFound');
    } else if (kind === 'revision') {
      json(response, { id: repo, sha });
    } else if (kind === 'tree') {
      this.list(request, response, served, file.join('/'));
    } else if (served.gated !== undefined && authorization !== `Bearer ${served.gated}`) {
      refuse(response, authorization === undefined ? 401 : 403, 'GatedRepo');
    } else {
      const target = file.join('/');
      const content = served.files[target];
      if (content === undefined) refuse(response, 404, 'EntryNotFound');
      else if (isLarge(target)) {
        const location = `${originOf(this.storage)}/${repo}/${target}?signature=secret`;
        const linked = { 'x-linked-etag': `"${sha256(content)}"`, 'x-linked-size': content.length };
        response.writeHead(302, { location, 'x-repo-commit': sha, ...linked }).end();
      } else {
        response.writeHead(307, { location: `/api/resolve-cache/${repo}/${sha}/${target}` }).end();
      }
    }
  }

  private list(request: IncomingMessage, response: ServerResponse, { files }: ServedRepository, folder: string): void {
    const { searchParams } = new URL(request.url ?? '', this.endpoint);
    const below = folder === '' ? '' : `${folder}/`;
    const paths = Object.keys(files).filter((path) => path.startsWith(below));
    if (paths.length === 0 && folder !== '') {
      refuse(response, 404, 'EntryNotFound');
      return;
    }
    const recursive = searchParams.get('recursive') === 'true';
    const here = paths.filter((path) => recursive || !path.slice(below.length).includes('/'));
    const entries = here.map((path) => {
      const content = files[path] ?? Buffer.alloc(0);
      const pointer = { type: 'file', path, size: content.length, oid: gitSha1(content) };
      return isLarge(path)
        ? { ...pointer, lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }
        : pointer;
    });
    const folders = paths.filter((path) => !here.includes(path)).map((path) => path.slice(below.length).split('/')[0]);
    const directories = [...new Set(folders)].map((name) => ({
      type: 'directory',
      path: `${below}${String(name)}`,
      size: 0,
      oid: '0'.repeat(40),
    }));
    const all = [...directories, ...entries];
    const begin = Number(searchParams.get('cursor') ?? 0);
    const end = begin + this.pageSize;
    const next = new URL(request.url ?? '', this.endpoint);
    next.searchParams.set('cursor', String(end));
    json(response, all.slice(begin, end), end < all.length ? { link: `<${next.href}>; rel="next"` } : {});
  }

  private answerStorage(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    const [, org, name, ...file] = new URL(url, this.endpoint).pathname.split('/').map(decodeURIComponent);
    const content = this.repositories.get(`${String(org)}/${String(name)}`)?.files[file.join('/')] ?? Buffer.alloc(0);
    const fault = this.faultFor(`storage:${url}`);
    if (fault?.status === undefined) {
      this.send(this.storageRequests, request, response, content, fault);
      return;
    }
    this.see(this.storageRequests, request, 0);
    response.writeHead(fault.status, fault.headers).end();
  }

  private send(
    seen: SeenRequest[],
    request: IncomingMessage,
    response: ServerResponse,
    right: Buffer,
    fault: Fault | undefined,
  ): void {
    sendFile(request, response, right, fault, (sent) => this.see(seen, request, sent));
  }

  private see(seen: SeenRequest[], { url = '', headers }: IncomingMessage, sent: number): void {
    seen.push({ url, headers, sent });
  }

  private faultFor(url: string): Fault | undefined {
    const fault = this.faults.find(({ on }) => on.test(url));
    this.faults = this.faults.filter((other) => other !== fault);
    fault?.before?.();
    return fault;
  }
}

function originOf(server: Server): string {
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${String(address.port)}`;
}

const refuse = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': 'refused' }).end();
};

const json = (response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
};
