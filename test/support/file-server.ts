import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** What a server saw of a request. */
export interface SeenRequest {
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of a file that went out in answer. */
  readonly sent: number;
}

/** A misbehaviour, once, towards a request whose URL matches. */
export interface Fault {
  readonly on: RegExp;
  /** Refuses with this status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection after so many bytes of the answer's body. */
  readonly dropAfter?: number;
  /** Ends the answer after so many bytes as if that were all. */
  readonly endAfter?: number;
  /** Sends so many bytes and then nothing. */
  readonly stallAfter?: number;
  /** Sends a byte every 20 milliseconds. */
  readonly trickle?: true;
  /** Answers with the whole file whatever range was asked for. */
  readonly ignoreRange?: true;
  /** Sends this in place of the file. */
  readonly content?: Buffer;
  /** Called before the answer. */
  readonly before?: () => void;
}

/** Answers with a file, or the range of it that is asked for. `see` is told how much of it goes out, before it does. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  right: Buffer,
  fault: Fault | undefined,
  see: (sent: number) => void,
): void {
  const whole = fault?.content ?? right;
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const from = range === null || fault?.ignoreRange === true ? 0 : Number(range[1]);
  if (range !== null && from >= whole.length) {
    see(0);
    response.writeHead(416, { 'content-range': `bytes */${String(whole.length)}` }).end();
    return;
  }
  const content = whole.subarray(from);
  const partial = range !== null && fault?.ignoreRange !== true;
  const cut = fault?.dropAfter ?? fault?.endAfter ?? fault?.stallAfter ?? content.length;
  const part = content.subarray(0, cut);
  see(part.length);
  response.writeHead(partial ? 206 : 200, {
    'content-length': fault?.endAfter === undefined ? content.length : part.length,
    ...(partial
      ? { 'content-range': `bytes ${String(from)}-${String(whole.length - 1)}/${String(whole.length)}` }
      : {}),
  });
  if (fault?.trickle === true) {
    let sent = 0;
    const timer = setInterval(() => response.write(part.subarray(sent, (sent += 1))), 20);
    response.on('close', () => clearInterval(timer));
    return;
  }
  response.write(part, () => {
    if (fault?.stallAfter !== undefined) return;
    if (fault?.dropAfter === undefined) response.end();
    else response.destroy();
  });
}
