import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendFile, type Fault, type SeenRequest } from '../../support/file-server.js';

/** A Python package index, which keeps its files at an address of their own as PyPI does. */
export class FakeIndex {
  readonly requests: SeenRequest[] = [];
  /** Contents by filename, by project. */
  readonly projects = new Map<string, Readonly<Record<string, Buffer>>>();
  faults: Fault[] = [];
  /** How pages are written: PEP 691 or PEP 503. */
  pages: 'json' | 'html' = 'json';
  /** `name:password` that pages ask for. */
  password: string | undefined;
  /** Address of the index. */
  url = '';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(): Promise<FakeIndex> {
    const index = new FakeIndex();
    await new Promise<void>((resolve) => index.server.listen(0, '127.0.0.1', resolve));
    const address = index.server.address() as AddressInfo;
    index.url = `http://127.0.0.1:${String(address.port)}/simple`;
    return index;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Requests for files since the last call. */
  taken(): readonly { readonly range: string | undefined; readonly sent: number }[] {
    const files = this.requests.filter(({ url }) => url.startsWith('/files/'));
    this.requests.length = 0;
    return files.map(({ headers, sent }) => ({ range: headers.range, sent }));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers } = request;
    const see = (sent: number): void => void this.requests.push({ url, headers, sent });
    const fault = this.faults.find(({ on }) => on.test(url));
    this.faults = this.faults.filter((other) => other !== fault);
    const [, kind, project = '', filename = ''] = url.split('/');
    const files = this.projects.get(project);
    const content = files?.[decodeURIComponent(filename)];
    if (fault?.status !== undefined) {
      see(0);
      response.writeHead(fault.status).end();
    } else if (kind === 'files' && content !== undefined) {
      sendFile(request, response, content, fault, see);
    } else if (kind === 'simple' && files !== undefined && this.lets(request)) {
      see(0);
      const page = this.page(project, Object.keys(files));
      response.writeHead(200, { 'content-type': page.type }).end(page.text);
    } else {
      see(0);
      response.writeHead(kind === 'simple' && !this.lets(request) ? 401 : 404).end();
    }
  }

  private lets({ headers }: IncomingMessage): boolean {
    const expected = this.password && `Basic ${Buffer.from(this.password).toString('base64')}`;
    return expected === undefined || headers.authorization === expected;
  }

  private page(project: string, names: readonly string[]): { readonly type: string; readonly text: string } {
    const link = (name: string): string => `../../files/${project}/${encodeURIComponent(name)}#sha256=0`;
    return this.pages === 'json'
      ? {
          type: 'application/vnd.pypi.simple.v1+json',
          text: JSON.stringify({ files: names.map((filename) => ({ filename, url: link(filename), hashes: {} })) }),
        }
      : {
          type: 'text/html',
          text: `<!DOCTYPE html><html><body>${names
            .map((name) => `<a data-requires-python="&gt;=3.9" href="${link(name)}">${name}</a><br/>`)
            .join('\n')}</body></html>`,
        };
  }
}
