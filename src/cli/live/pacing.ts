import type { RunEvent } from '../../runtime/events.js';
import type { TimedEvent } from './view.js';

/** An event in the show's queue. */
interface Queued extends TimedEvent {
  /** When it came, on the show's clock. */
  readonly came: number;
}

/** Steps a second where the person did not say: slow enough to see masks dissolve, and a long text does not take forever. */
const usual = { most: 25, least: 2, secondsInAll: 6 } as const;

/** From this many milliseconds a step on, the draft is shown before its doubtful tokens are taken away. */
const twoPhases = 100;

/** How long a step waits for its remasking before it is shown alone, in milliseconds. */
const patience = 120;

/**
 * Lets the events of a run through at a pace for eyes. A beat is one denoising step of every row; what follows a
 * step (its remasking, a commit) comes with it. The run itself is never slowed down: it may be far ahead.
 */
export class Pacer {
  private readonly queue: Queued[] = [];
  private head = 0;
  private readonly stepped = new Set<number>();
  private beatBegan = -Infinity;
  private interval: number | null;
  private started: Extract<RunEvent, { type: 'started' }> | null = null;

  /** `speed` in steps a second; 0 is as fast as they come, `null` depends on how many steps there will be. */
  constructor(speed: number | null) {
    this.interval = speed === null ? null : speed === 0 ? 0 : 1000 / speed;
  }

  /** Milliseconds a step, once known. */
  get stepMilliseconds(): number | null {
    return this.interval;
  }

  push(timed: TimedEvent, now: number): void {
    const { event } = timed;
    if (event.type === 'started') this.started = event;
    if (event.type === 'step' && this.interval === null) this.interval = intervalFor(this.started, event);
    this.queue.push({ ...timed, came: now });
  }

  /** The events whose time has come, in order. */
  due(now: number): readonly TimedEvent[] {
    const out: TimedEvent[] = [];
    for (let next = this.queue[this.head]; next !== undefined; next = this.queue[this.head]) {
      if (!this.isDue(next, now)) break;
      if (this.opensBeat(next.event)) {
        // Late by less than a beat is caught up on; a pause of the run is not.
        const planned = this.beatBegan + (this.interval ?? 0);
        this.beatBegan = now - planned < (this.interval ?? 0) ? planned : now;
        this.stepped.clear();
      }
      if (next.event.type === 'step') this.stepped.add(next.event.row);
      out.push(next);
      this.head++;
    }
    this.forgetShown();
    return out;
  }

  /** Everything that is still waiting. */
  flush(): readonly TimedEvent[] {
    const rest = this.queue.splice(0).slice(this.head);
    this.head = 0;
    return rest;
  }

  private isDue(next: Queued, now: number): boolean {
    const interval = this.interval ?? 0;
    if (interval === 0) return true;
    if (next.event.type === 'remasked' && interval >= twoPhases) return now >= this.beatBegan + interval * 0.4;
    if (next.event.type === 'finished') return now >= this.beatBegan + interval;
    if (!this.opensBeat(next.event)) return true;
    if (now < this.beatBegan + interval) return false;
    return interval >= twoPhases || now - next.came >= patience || this.isComplete();
  }

  private opensBeat(event: RunEvent): boolean {
    return event.type === 'step' && (this.stepped.size === 0 || this.stepped.has(event.row));
  }

  /** Whether all that belongs to the beat at the head of the queue is there: something of a later beat has come. */
  private isComplete(): boolean {
    const rows = new Set<number>();
    for (let i = this.head; i < this.queue.length; i++) {
      const event = this.queue[i]?.event;
      if (event?.type === 'step') {
        if (rows.has(event.row)) return true;
        rows.add(event.row);
      } else if (event?.type === 'finished' || event?.type === 'failed' || event?.type === 'cancelled') return true;
    }
    return false;
  }

  private forgetShown(): void {
    if (this.head < 1024) return;
    this.queue.splice(0, this.head);
    this.head = 0;
  }
}

function intervalFor(
  started: Extract<RunEvent, { type: 'started' }> | null,
  { row, tokens, steps }: Extract<RunEvent, { type: 'step' }>,
): number {
  const shape = started?.rows[row];
  const positions = shape === undefined ? tokens.length : shape.length - shape.prompt.length;
  // Samplers that do not count their steps take at most one for each position.
  const all = steps === undefined ? positions : Math.ceil(positions / Math.max(1, tokens.length)) * steps;
  return 1000 / Math.min(usual.most, Math.max(usual.least, all / usual.secondsInAll));
}
