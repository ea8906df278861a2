import type { Limits } from '../models/denoiser.js';
import type { Lane } from './lane.js';

/** Lanes that come together: those of one run. */
export interface LaneGroup {
  /** How many lanes it has. */
  readonly rows: number;
  /** Bytes of keys and values that are set aside for a row while it is in flight. */
  bytesOf(row: number): number;
  /** Makes the lane of a row that is let in. Called once a row, the lowest row first. */
  open(row: number): Lane;
  /** Hears how many of its lanes wait, and how many of other groups before its next one, where that has changed by a tenth or more. */
  waits(rows: number, ahead: number): void;
}

/** What of a group waits, and what is in flight. */
interface Turn {
  readonly group: LaneGroup;
  readonly inFlight: Set<Lane>;
  /** The first row that waits. */
  next: number;
  /** Bytes of all its rows that wait. */
  bytes: number;
}

/** A lane's place: whose it is, and what is set aside for it. */
interface Seat {
  readonly turn: Turn;
  readonly bytes: number;
}

/** A group's place in line: how many of its lanes wait, and how many of others before its next one. */
interface Place {
  readonly rows: number;
  readonly ahead: number;
}

/** Rows in flight on a model that states no limit. More of them make rounds longer and forwards hardly quicker. */
export const rowsByDefault = 256;

/** The share of rows and bytes that is for groups with nothing in flight, while another has more to come than there is room for. */
const reserve = 1 / 8;

/**
 * Lets lanes in as far as a model's limits allow. The next place goes to the group with the fewest lanes in flight, and
 * among those to the one that has waited longest for its turn: groups that want as much get as much. Within a group the
 * lowest row goes first. A turn is never passed over: where its row does not fit, all wait until it does, so that small
 * rows do not keep a large one out. A group that does not fit whole leaves an eighth of the room to groups that
 * have nothing in flight. A lane counts until it is over and the model works for it no more.
 */
export class Admission {
  private readonly most: { readonly rows: number; readonly bytes: number };
  private readonly inside = new Map<Lane, Seat>();
  private bytes = 0;
  private readonly turns = new Map<LaneGroup, Turn>();
  /** Groups that wait with nothing in flight, in the order of their turns. */
  private readonly idle = new Set<Turn>();
  /** Groups that wait with lanes in flight, those first whose last turn was first. */
  private readonly served = new Set<Turn>();
  /** What groups have heard last, those that have been let in since included. */
  private readonly told = new Map<LaneGroup, Place>();
  private moved = false;

  constructor({ rows = rowsByDefault, cacheBytes = Infinity }: Limits = {}) {
    this.most = { rows, bytes: cacheBytes };
  }

  /** Lanes in flight, in the order in which they were let in: who goes through them meets those that come meanwhile. */
  get lanes(): Iterable<Lane> {
    return this.inside.keys();
  }

  /** Lanes in flight. */
  get size(): number {
    return this.inside.size;
  }

  /** What is in flight and in line, in rows; and the bytes that are set aside. */
  get load(): { readonly rows: number; readonly bytes: number; readonly waiting: number } {
    const waiting = [...this.idle, ...this.served].reduce((sum, turn) => sum + rowsWaiting(turn), 0);
    return { rows: this.inside.size, bytes: this.bytes, waiting };
  }

  /** A group gets in line; it hears at once if it has to wait. */
  enter(group: LaneGroup): void {
    const turn: Turn = { group, inFlight: new Set(), next: 0, bytes: 0 };
    for (let row = 0; row < group.rows; row++) turn.bytes += group.bytesOf(row);
    this.turns.set(group, turn);
    this.idle.add(turn);
    this.letIn();
    // Thousands of runs may be in line: the place of one that has just come does not take a look at all of them.
    if (this.idle.has(turn)) this.tell(group, { rows: rowsWaiting(turn), ahead: this.idle.size - 1 });
    else if (this.served.has(turn)) this.tell(group, this.placeOfServed(turn));
  }

  /** A group is over: its lanes are cancelled. Those that the model still works for make room when they are left. */
  leave(group: LaneGroup): void {
    const turn = this.turns.get(group);
    if (turn === undefined) return;
    this.turns.delete(group);
    this.idle.delete(turn);
    this.served.delete(turn);
    this.told.delete(group);
    this.moved = true;
    for (const lane of turn.inFlight) lane.cancel();
    for (const lane of turn.inFlight) this.sweep(lane);
    this.letIn();
  }

  /** A lane that is over makes room. */
  sweep(lane: Lane): void {
    const seat = this.inside.get(lane);
    if (seat === undefined || !lane.left) return;
    const { turn, bytes } = seat;
    this.inside.delete(lane);
    this.bytes -= bytes;
    turn.inFlight.delete(lane);
    if (turn.inFlight.size === 0 && this.served.delete(turn)) this.idle.add(turn);
    this.letIn();
  }

  /** Tells groups whose place in line has changed. What they do in reply is told next time. */
  tellMoved(): void {
    if (!this.moved) return;
    this.moved = false;
    const places = this.places();
    for (const group of this.told.keys()) if (!places.has(group)) places.set(group, { rows: 0, ahead: 0 });
    for (const [group, place] of places) this.tell(group, place);
  }

  private letIn(): void {
    for (let turn = this.first(); turn !== undefined && this.fits(turn); turn = this.first()) {
      const { group, inFlight } = turn;
      const row = turn.next++;
      const bytes = group.bytesOf(row);
      const lane = group.open(row);
      this.inside.set(lane, { turn, bytes });
      inFlight.add(lane);
      this.bytes += bytes;
      turn.bytes -= bytes;
      this.moved = true;
      this.idle.delete(turn);
      this.served.delete(turn);
      if (rowsWaiting(turn) > 0) this.served.add(turn);
    }
  }

  /** Whose turn it is. */
  private first(): Turn | undefined {
    for (const turn of this.idle) return turn;
    let first: Turn | undefined;
    for (const turn of this.served) {
      if (first === undefined || turn.inFlight.size < first.inFlight.size) first = turn;
    }
    return first;
  }

  /** A lane that is alone is always let in: that it fits was found out before, and fractions of bytes need not cancel. */
  private fits(turn: Turn): boolean {
    const { size } = this.inside;
    if (size === 0) return true;
    const bytes = turn.group.bytesOf(turn.next);
    const { rows: mostRows, bytes: mostBytes } = this.most;
    const whole = size + rowsWaiting(turn) <= mostRows && this.bytes + turn.bytes <= mostBytes;
    const kept = whole || turn.inFlight.size === 0 ? 0 : reserve;
    // Where not even one such row fits into it, a reserve of bytes is of no use.
    const keptBytes = bytes <= mostBytes * kept ? kept : 0;
    return size < mostRows * (1 - kept) && this.bytes + bytes <= mostBytes * (1 - keptBytes);
  }

  private places(): Map<LaneGroup, Place> {
    const places = new Map<LaneGroup, Place>();
    let idle = 0;
    for (const turn of this.idle) places.set(turn.group, { rows: rowsWaiting(turn), ahead: idle++ });
    for (const turn of this.served) places.set(turn.group, this.placeOfServed(turn));
    return places;
  }

  /** Others go first until they have as many lanes in flight, and those before it in line one more. */
  private placeOfServed(turn: Turn): Place {
    const lanes = turn.inFlight.size;
    let ahead = 0;
    for (const other of this.idle) ahead += Math.min(rowsWaiting(other), lanes);
    let isBefore = true;
    for (const other of this.served) {
      if (other === turn) {
        isBefore = false;
        continue;
      }
      const turns = lanes - other.inFlight.size + (isBefore ? 1 : 0);
      ahead += Math.min(rowsWaiting(other), Math.max(0, turns));
    }
    return { rows: rowsWaiting(turn), ahead };
  }

  private tell(group: LaneGroup, { rows, ahead }: Place): void {
    const before = this.told.get(group);
    if (before?.rows === rows && (before.ahead === ahead || isNear(ahead, before.ahead))) return;
    if (rows === 0) this.told.delete(group);
    else this.told.set(group, { rows, ahead });
    group.waits(rows, ahead);
  }
}

/** Whether a group is hardly further on. Thousands of groups in line would otherwise hear of each row that goes in before them. */
const isNear = (ahead: number, before: number): boolean => ahead < before && ahead > before * 0.9;

const rowsWaiting = ({ group, next }: Turn): number => group.rows - next;
