import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { InputError } from '../../src/graph/input-error.js';
import type { NumberType } from '../gpu/result.js';
import type { Rates } from '../gpu/work.js';
import {
  decodedSchema,
  forwardedSchema,
  memorySchema,
  openedSchema,
  ranSchema,
  ratesSchema,
  refusedSchema,
  type Command,
  type Decoded,
  type ForwardCase,
  type Memory,
  type Opened,
  type Ran,
  type Subject,
} from './protocol.js';

export interface PeerOptions {
  /** For the subject `torch`. */
  readonly python: string | null;
  readonly signal: AbortSignal;
  /** Milliseconds that an answer may take, asked before each; its process is ended then. No limit when left out. */
  readonly remaining?: () => number;
}

/** A contestant in a process of its own, so that nobody's threads and memory are in another's way. */
export class Peer {
  readonly opened: Opened;
  readonly #line: Line;

  private constructor(line: Line, opened: Opened) {
    this.#line = line;
    this.opened = opened;
  }

  /** Rejects with an `InputError` that says why it cannot take part. */
  static async open(what: Subject, { python, signal, remaining = () => Infinity }: PeerOptions): Promise<Peer> {
    const line = new Line(start(what, python), signal, remaining);
    try {
      return new Peer(line, await line.ask({ do: 'open', what }, openedSchema));
    } catch (error) {
      line.close();
      throw error;
    }
  }

  /** Milliseconds of each of `repeat` forwards, after one that does not count; of fewer within `budget` milliseconds. */
  async forward(at: ForwardCase, repeat: number, budget?: number): Promise<readonly number[]> {
    const within = budget === undefined ? {} : { budget };
    return (await this.#line.ask({ do: 'forward', at, repeat, ...within }, forwardedSchema)).milliseconds;
  }

  /** Decodes rows of `tokens` tokens each by a pipeline of `pipelines/`. */
  run(pipeline: string, size: { readonly rows: number; readonly tokens: number }): Promise<Ran> {
    return this.#line.ask({ do: 'run', pipeline, ...size }, ranSchema);
  }

  /** What the device can do. */
  rates(numbers: NumberType, quick: boolean): Promise<Rates> {
    return this.#line.ask({ do: 'rates', numbers, quick }, ratesSchema);
  }

  /** Only PyTorch decodes in a process of its own. */
  decode(size: { readonly tokens: number; readonly block: number; readonly steps: number }): Promise<Decoded> {
    return this.#line.ask({ do: 'decode', ...size }, decodedSchema);
  }

  memory(): Promise<Memory> {
    return this.#line.ask({ do: 'memory' }, memorySchema);
  }

  close(): void {
    this.#line.close();
  }
}

function start(what: Subject, python: string | null): ChildProcessWithoutNullStreams {
  const threads = String(what.threads);
  // libtensorflow and OpenMP take their number of threads from nowhere else.
  const env = {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: threads,
    HF_HUB_OFFLINE: '1',
  };
  if (what.subject === 'torch') {
    if (python === null) throw new InputError('no Python with torch was named (--python or SAMPLEWIRE_PYTHON)');
    return spawn(python, ['bench/peers/torch_eager.py'], { env });
  }
  return spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'bench/peers/host.ts'], { env });
}

/** Questions and answers over a process's standard streams, one at a time. */
class Line {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #signal: AbortSignal;
  readonly #lines: AsyncIterator<string>;
  readonly #remaining: () => number;
  readonly #close = (): void => {
    this.close();
  };
  #complaints = '';
  #late = false;

  constructor(child: ChildProcessWithoutNullStreams, signal: AbortSignal, remaining: () => number) {
    this.#process = child;
    this.#signal = signal;
    this.#remaining = remaining;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (data: Buffer) => {
      this.#complaints = (this.#complaints + data.toString('utf8')).slice(-2000);
    });
    // A process that cannot be started, or has ended, is told of by the answer that does not come.
    child.on('error', (error) => (this.#complaints += error.message));
    child.stdin.on('error', () => undefined);
    signal.addEventListener('abort', this.#close);
  }

  async ask<T>(command: Command, schema: z.ZodType<T>): Promise<T> {
    this.#signal.throwIfAborted();
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const remaining = this.#remaining();
    const timer = Number.isFinite(remaining)
      ? setTimeout(() => {
          this.#late = true;
          this.close();
        }, remaining)
      : undefined;
    const line = await this.#lines.next();
    clearTimeout(timer);
    this.#signal.throwIfAborted();
    if (this.#late) throw new InputError('it took longer than it may');
    if (line.done === true) throw new InputError(`its process ended (${this.#lastComplaint()})`);
    const answer: unknown = JSON.parse(line.value);
    const refused = refusedSchema.safeParse(answer);
    if (refused.success) throw new InputError(refused.data.error);
    return schema.parse(answer);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#close);
    this.#process.kill('SIGKILL');
  }

  #lastComplaint(): string {
    return this.#complaints.trim().split('\n').at(-1) ?? '';
  }
}
