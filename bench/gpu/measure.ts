import { availableParallelism, homedir } from 'node:os';
import { match } from 'ts-pattern';
import { messageOf } from '../../src/graph/message-of.js';
import { Peer } from '../peers/peer.js';
import { subjectOf, type Contestant } from './contestants.js';
import type { Device } from './device.js';
import { inWords, passesOf, type PlanOptions, type Task } from './plan.js';
import { itsRates, type Gpu, type GpuContestant, type GpuForward, type GpuGap, type GpuRun } from './result.js';

export interface MeasureOptions extends PlanOptions {
  readonly contestants: readonly Contestant[];
  readonly folder: string;
  readonly block: number;
  /** Tokens of each row that a pipeline decodes. */
  readonly tokens: number;
  readonly quick: boolean;
  readonly allowSoftware: boolean;
  readonly python: string;
  /** Milliseconds that one case may take, opening a model included. */
  readonly limit: number;
  /** By `performance.now()`; what would begin later is left out. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
  readonly versions: (more: Readonly<Record<string, string>>) => void;
  /** Keeps what there is so far. */
  readonly keep: (measured: Measured) => Promise<void>;
}

export type Measured = Pick<Gpu, 'contestants' | 'forwards' | 'runs' | 'gaps' | 'software'>;

/** A contestant that fails so often in a row is left alone. */
const patience = 2;

/** Milliseconds that what is under way may go on when the time is over. */
const grace = 30_000;

/** Forwards that count, and milliseconds that they may take. */
const forwards = { repeat: 30, budget: 600 };
const runs = 2;

/** Measures all contestants, each in processes of its own: one that crashes or hangs costs its case. Rejects only when stopped. */
export async function measureGpu(options: MeasureOptions): Promise<Measured> {
  const session = new Measurement(options);
  const passes = passesOf(options);
  for (const [index, tasks] of passes.entries()) {
    for (const contestant of options.contestants) {
      await session.measure(contestant, tasks, index === 0);
    }
  }
  // What time ran out for is told in the file as well, from which the report is made.
  if (session.measured.gaps.some(({ why }) => why === null)) await options.keep(session.measured);
  return session.measured;
}

class Measurement {
  readonly #options: MeasureOptions;
  readonly #contestants: GpuContestant[] = [];
  readonly #forwards: GpuForward[] = [];
  readonly #runs: GpuRun[] = [];
  readonly #gaps: GpuGap[] = [];
  readonly #gone = new Set<string>();
  #software = false;
  /** By `performance.now()`: when what is under way is ended. */
  #end = Infinity;

  constructor(options: MeasureOptions) {
    this.#options = options;
  }

  get measured(): Measured {
    return {
      contestants: this.#contestants,
      forwards: this.#forwards,
      runs: this.#runs,
      software: this.#software,
      gaps: this.#gaps,
    };
  }

  async measure(contestant: Contestant, tasks: readonly Task[], first: boolean): Promise<void> {
    if (this.#gone.has(contestant.name)) return;
    if (this.#isLate()) {
      for (const task of tasks) this.#late(contestant, task);
      return;
    }
    if (first && !(await this.#introduce(contestant))) {
      this.#gone.add(contestant.name);
      await this.#keep();
      return;
    }
    let peer: Peer | null = null;
    let failures = 0;
    try {
      for (const task of tasks) {
        if (this.#isLate()) {
          this.#late(contestant, task);
          continue;
        }
        if (!isFor(contestant.backend, task)) continue;
        this.#begin(`${contestant.name}: ${inWords(task)}`);
        try {
          peer ??= await this.#open(contestant);
          await this.#do(contestant, peer, task);
          failures = 0;
        } catch (error) {
          peer?.close();
          peer = null;
          this.#fail(contestant, inWords(task), error);
          failures += 1;
        }
        await this.#keep();
        if (failures === patience) {
          this.#gone.add(contestant.name);
          return;
        }
      }
    } finally {
      peer?.close();
    }
  }

  /** What it computes on, and what that can do: in a process of its own, so that no model is in the way. */
  async #introduce(contestant: Contestant): Promise<boolean> {
    const { quick, allowSoftware } = this.#options;
    const { name, numbers, backend } = contestant;
    this.#begin(`${name}: its device`);
    let peer: Peer | null = null;
    try {
      peer = await (backend === null
        ? this.#open(contestant)
        : Peer.open({ subject: 'device', backend, threads: availableParallelism() }, this.#peerOptions()));
      const { device, versions } = peer.opened;
      this.#options.versions(versions);
      if (!this.#isWelcome(contestant, device)) return false;
      const contender = { name, numbers, device: device?.name ?? 'unknown device' };
      try {
        this.#contestants.push({
          ...contender,
          rates: await peer.rates(numbers, quick || (device?.software ?? allowSoftware)),
        });
      } catch (error) {
        this.#contestants.push({ ...contender, rates: { bytes: null, operations: null } });
        this.#fail(contestant, itsRates, error);
      }
      return true;
    } catch (error) {
      this.#fail(contestant, null, error);
      return false;
    } finally {
      peer?.close();
    }
  }

  #isWelcome(contestant: Contestant, device: Device | undefined): boolean {
    if (device?.software === false) return true;
    this.#software ||= this.#options.allowSoftware;
    if (!this.#options.allowSoftware) {
      this.#fail(contestant, null, new Error(`its device is software, ${device?.name ?? 'unknown'}`));
    }
    return this.#options.allowSoftware;
  }

  #do({ name }: Contestant, peer: Peer, task: Task): Promise<void> {
    const { block, tokens, quick } = this.#options;
    return match(task)
      .with({ task: 'forward' }, async ({ rows, cached }) => {
        const at = { rows, cached, block, answers: block, attention: true, readBack: true };
        const milliseconds = await peer.forward(at, quick ? 2 : forwards.repeat, forwards.budget);
        this.#forwards.push({ contestant: name, rows, cached, milliseconds: [...milliseconds] });
      })
      .with({ task: 'run' }, async ({ rows, pipeline }) => {
        await peer.run(pipeline, { rows, tokens: block });
        const all = [];
        for (let i = 0; i < (quick ? 1 : runs); i += 1) all.push(await peer.run(pipeline, { rows, tokens }));
        const milliseconds = all.map((each) => each.milliseconds);
        this.#runs.push({ contestant: name, pipeline, rows, tokens: all[0]?.tokens ?? 0, milliseconds });
      })
      .exhaustive();
  }

  #open(contestant: Contestant): Promise<Peer> {
    return Peer.open(subjectOf(contestant, this.#options.folder, availableParallelism()), this.#peerOptions());
  }

  #peerOptions() {
    const { python, signal } = this.#options;
    return { python, signal, remaining: () => this.#end - performance.now() };
  }

  #begin(what: string): void {
    const { tell, limit, deadline } = this.#options;
    tell(what);
    this.#end = Math.min(performance.now() + limit, deadline + grace);
  }

  #isLate(): boolean {
    return performance.now() > this.#options.deadline;
  }

  #fail({ name }: Contestant, task: string | null, error: unknown): void {
    this.#options.signal.throwIfAborted();
    // Whatever it says of itself then: it may have been ended.
    this.#gaps.push({ contestant: name, task, why: this.#isLate() ? null : firstLine(error) });
  }

  /** Notes that time ran out before a task. */
  #late({ name, backend }: Contestant, task: Task): void {
    if (!isFor(backend, task)) return;
    this.#gaps.push({ contestant: name, task: inWords(task), why: null });
  }

  #keep(): Promise<void> {
    return this.#options.keep(this.measured);
  }
}

/** PyTorch decodes by a loop of its own, of one row: the forward is what is compared. */
const isFor = (backend: Contestant['backend'], { task }: Task): boolean => task === 'forward' || backend !== null;

/** For a page that others read: without where things lie on this machine. */
const firstLine = (error: unknown): string =>
  messageOf(error).split('\n', 1).join('').replaceAll(process.cwd(), '.').replaceAll(homedir(), '~');
