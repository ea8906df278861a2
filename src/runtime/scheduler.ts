import { failed, type Denoiser } from '../models/denoiser.js';
import { Admission, type LaneGroup } from './admission.js';
import { nextTurn } from './next-turn.js';
import type { LaneListener, Outbox, Waiting, WaitingForward } from './outbox.js';
import { settleTogether } from './settle.js';

/** Firings a lane may do in a row before others, and the event loop, get their turn. */
const firingsAtOnce = 4096;

/** Rounds of questions before forwards that are ready go out, and the event loop gets its turn. */
const questionRoundsAtOnce = 64;

/** Milliseconds that lanes fire one after the other before the event loop gets its turn. */
const firingTime = 10;

/** Lanes let in while others fire that still fire in the same round. Rows that need no forward come and go without end. */
const newcomersAtOnce = 256;

/**
 * Runs all lanes on one model in rounds: settles every cheap firing, asks all questions at once until none is
 * left, then sends out all forwards at once. Questions go first so that lanes stay in step and forwards meet.
 * Lanes join and leave between rounds, as far as the model's limits let them in.
 */
export class Scheduler {
  private readonly denoiser: Denoiser;
  private readonly admission: Admission;
  private turning = false;

  constructor(denoiser: Denoiser) {
    this.denoiser = denoiser;
    this.admission = new Admission(denoiser.limits);
  }

  /** Rows in flight and in line, and bytes of keys and values that are set aside. */
  get load(): Admission['load'] {
    return this.admission.load;
  }

  add(group: LaneGroup): void {
    this.admission.enter(group);
    if (this.turning) return;
    this.turning = true;
    void this.turn();
  }

  remove(group: LaneGroup): void {
    this.admission.leave(group);
  }

  private async turn(): Promise<void> {
    const outbox: Outbox = { forwards: [], questions: [] };
    let asked = 0;
    await nextTurn();
    while (this.admission.size > 0) {
      let left = this.admission.size + newcomersAtOnce;
      let began = performance.now();
      for (const lane of this.admission.lanes) {
        if (left-- === 0) break;
        lane.settle(outbox, firingsAtOnce);
        this.admission.sweep(lane);
        if (performance.now() - began < firingTime) continue;
        await nextTurn();
        began = performance.now();
      }
      this.admission.tellMoved();
      // A lane that has more to fire or to ask than that holds up nobody: what the others wait for goes out.
      if (outbox.questions.length > 0 && asked < questionRoundsAtOnce) {
        asked++;
        await this.ask(outbox);
      } else {
        asked = 0;
        if (outbox.forwards.length > 0) await this.forward(outbox);
        await nextTurn();
      }
    }
    this.turning = false;
  }

  private async ask(outbox: Outbox): Promise<void> {
    const questions = stillWanted(outbox.questions.splice(0));
    if (questions.length === 0) return;
    const answers = await settleTogether(questions, (each) =>
      this.denoiser.answer(each.map(({ question }) => question)),
    );
    questions.forEach((waiting, i) => {
      waiting.lane.receiveAnswer(waiting, answers[i] ?? missing);
    });
  }

  private async forward(outbox: Outbox): Promise<void> {
    const forwards = stillWanted(outbox.forwards.splice(0));
    if (forwards.length === 0) return;
    const began = performance.now();
    const replies = await settleTogether(forwards, (each) => this.denoiser.forward(each.map(({ call }) => call)));
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

const schedulers = new WeakMap<Denoiser, Scheduler>();

/** The one scheduler of a model. */
export function schedulerOf(denoiser: Denoiser): Scheduler {
  const known = schedulers.get(denoiser);
  if (known !== undefined) return known;
  const scheduler = new Scheduler(denoiser);
  schedulers.set(denoiser, scheduler);
  return scheduler;
}
