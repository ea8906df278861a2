import type { Limits } from '../models/denoiser.js';
import type { Lane } from './lane.js';

/** Lanes that come together: those of one run. */
export interface LaneGroup {
  readonly lanes: readonly Lane[];
  /** Hears how many of its lanes wait, and how many of other groups before them, where that has changed. */
  waits(rows: number, ahead: number): void;
}

/** A group's place in line: how many of its lanes wait, and how many before them. */
interface Place {
  readonly rows: number;
  readonly ahead: number;
}

/**
 * Lets lanes in as far as a model's limits allow: first come, first served, over all runs. A small one never
 * overtakes a large one that waits. A lane counts until it is over and the model works for it no more.
 */
export class Admission {
  private readonly most: { readonly rows: number; readonly bytes: number };
  private readonly inside = new Set<Lane>();
  private bytes = 0;
  /** Groups with lanes that wait, each with the index of the first of them. */
  private readonly line = new Map<LaneGroup, number>();
  /** What groups have heard last, those that have been let in since included. */
  private readonly told = new Map<LaneGroup, Place>();
  private moved = false;

  constructor({ rows = Infinity, cacheBytes = Infinity }: Limits = {}) {
    this.most = { rows, bytes: cacheBytes };
  }

  /** Lanes in flight, in the order in which they were let in: who goes through them meets those that come meanwhile. */
  get lanes(): ReadonlySet<Lane> {
    return this.inside;
  }

  /** What is in flight and in line, in rows; and the bytes that are set aside. */
  get load(): { readonly rows: number; readonly bytes: number; readonly waiting: number } {
    const waiting = [...this.line].reduce((sum, [{ lanes }, next]) => sum + lanes.length - next, 0);
    return { rows: this.inside.size, bytes: this.bytes, waiting };
  }

  /** A group gets in line; it hears at once if it has to wait. */
  enter(group: LaneGroup): void {
    this.line.set(group, 0);
    this.letIn();
    const place = this.line.has(group) ? this.places().get(group) : undefined;
    if (place !== undefined) this.tell(group, place);
  }

  /** A group is over. Those of its lanes that the model still works for make room when they are left. */
  leave(group: LaneGroup): void {
    this.line.delete(group);
    this.told.delete(group);
    for (const lane of group.lanes) this.sweep(lane);
    this.moved = true;
    this.letIn();
  }

  /** A lane that is over makes room. */
  sweep(lane: Lane): void {
    if (!lane.left || !this.inside.delete(lane)) return;
    this.bytes -= lane.bytes;
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
    for (const [group, first] of this.line) {
      for (let next = first; ; next++) {
        const lane = group.lanes[next];
        if (lane === undefined) break;
        if (!this.fits(lane)) return;
        this.inside.add(lane);
        this.bytes += lane.bytes;
        this.moved = true;
        this.line.set(group, next + 1);
      }
      this.line.delete(group);
    }
  }

  /** A lane that is alone is always let in: that it fits was found out before. */
  private fits({ bytes }: Lane): boolean {
    const { size } = this.inside;
    return size === 0 || (size < this.most.rows && this.bytes + bytes <= this.most.bytes);
  }

  private places(): Map<LaneGroup, Place> {
    const places = new Map<LaneGroup, Place>();
    let ahead = 0;
    for (const [group, next] of this.line) {
      const rows = group.lanes.length - next;
      places.set(group, { rows, ahead });
      ahead += rows;
    }
    return places;
  }

  private tell(group: LaneGroup, { rows, ahead }: Place): void {
    const before = this.told.get(group);
    if (before?.rows === rows && before.ahead === ahead) return;
    if (rows === 0) this.told.delete(group);
    else this.told.set(group, { rows, ahead });
    group.waits(rows, ahead);
  }
}
