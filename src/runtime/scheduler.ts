import { failed, type Denoiser, type Settled } from '../models/denoiser.js';
import type { Lane } from './lane.js';
import type { LaneListener, Outbox, Waiting, WaitingForward } from './outbox.js';

/** Firings a lane may do in a row before others, and the event loop, get their turn. */
const firingsAtOnce = 4096;

/** Lanes that come and go together: those of one run. */
export interface LaneGroup {
  readonly lanes: readonly Lane[];
}

/** Lets timers, signals and other work of the process have their turn. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * Runs all lanes on one model in rounds: settles every cheap firing, asks all questions at once until none is
 * left, then sends out all forwards at once. Questions go first so that lanes stay in step and forwards meet.
 * Lanes join and leave between rounds.
 */
export class Scheduler {
  private readonly denoiser: Denoiser;
  private readonly groups = new Set<LaneGroup>();
  private turning = false;

  constructor(denoiser: Denoiser) {
    this.denoiser = denoiser;
  }

  add(group: LaneGroup): void {
    this.groups.add(group);
    if (this.turning) return;
    this.turning = true;
    void this.turn();
  }

  remove(group: LaneGroup): void {
    this.groups.delete(group);
    for (const lane of group.lanes) lane.cancel();
  }

  private async turn(): Promise<void> {
    const outbox: Outbox = { forwards: [], questions: [] };
    await nextTurn();
    while (this.groups.size > 0 || outbox.forwards.length + outbox.questions.length > 0) {
      for (const group of this.groups) {
        for (const lane of group.lanes) lane.settle(outbox, firingsAtOnce);
      }
      // A lane that has more to fire than that holds up nobody: what the others wait for goes out.
      if (outbox.questions.length > 0) await this.ask(outbox);
      else {
        if (outbox.forwards.length > 0) await this.forward(outbox);
        await nextTurn();
      }
    }
    this.turning = false;
  }

  private async ask(outbox: Outbox): Promise<void> {
    const questions = stillWanted(outbox.questions.splice(0));
    if (questions.length === 0) return;
    const answers = await settleAll(questions.length, () =>
      this.denoiser.answer(questions.map(({ question }) => question)),
    );
    questions.forEach((waiting, i) => {
      waiting.lane.receiveAnswer(waiting, answers[i] ?? missing);
    });
  }

  private async forward(outbox: Outbox): Promise<void> {
    const forwards = stillWanted(outbox.forwards.splice(0));
    if (forwards.length === 0) return;
    const began = performance.now();
    const replies = await settleAll(forwards.length, () => this.denoiser.forward(forwards.map(({ call }) => call)));
    const milliseconds = performance.now() - began;
    for (const [listener, own] of byListener(forwards)) {
      listener.forwarded({ own, batch: forwards.length, milliseconds });
    }
    forwards.forEach((waiting, i) => {
      waiting.lane.receiveReply(waiting, replies[i] ?? missing);
    });
  }
}

/** Leaves out what lanes asked that have stopped since. */
function stillWanted<W extends Waiting>(all: readonly W[]): readonly W[] {
  return all.filter(({ lane }) => {
    if (lane.wanting) return true;
    lane.abandon();
    return false;
  });
}

function byListener(forwards: readonly WaitingForward[]): Map<LaneListener, WaitingForward[]> {
  const groups = new Map<LaneListener, WaitingForward[]>();
  for (const waiting of forwards) {
    const own = groups.get(waiting.lane.listener);
    if (own === undefined) groups.set(waiting.lane.listener, [waiting]);
    else own.push(waiting);
  }
  return groups;
}

const missing = failed(new Error('the model gave no reply'));

/** A batch that is refused as a whole is refused for each of its members. */
async function settleAll<T>(count: number, work: () => Promise<readonly Settled<T>[]>): Promise<readonly Settled<T>[]> {
  try {
    const settled = await work();
    if (settled.length !== count) throw new Error(`the model gave ${settled.length} replies to ${count} calls`);
    return settled;
  } catch (cause) {
    return new Array<Settled<T>>(count).fill(failed(cause));
  }
}

const schedulers = new WeakMap<Denoiser, Scheduler>();

/** The one scheduler of a model. */
export function schedulerOf(denoiser: Denoiser): Scheduler {
  const known = schedulers.get(denoiser);
  if (known !== undefined) return known;
  const scheduler = new Scheduler(denoiser);
  schedulers.set(denoiser, scheduler);
  return scheduler;
}
