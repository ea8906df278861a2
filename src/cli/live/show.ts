import type { ParamSpecs } from '../../graph/params.js';
import type { RunEvent } from '../../runtime/events.js';
import type { TokenText } from './cells.js';
import { quietLine } from './figures.js';
import { Pacer } from './pacing.js';
import type { Paint } from './paint.js';
import { renderFrame } from './render-frame.js';
import { Screen, type Terminal } from './screen.js';
import { advanceView, initialView, type ViewState } from './view.js';

export interface ShowOptions {
  readonly terminal: Terminal;
  readonly text: TokenText;
  readonly paint: Paint;
  readonly params: ParamSpecs;
  readonly speed: number | null;
  /** What to try next, said below the figures when the run has finished. */
  readonly hints: readonly string[];
}

/** Milliseconds between frames: about 30 a second. */
const frameMilliseconds = 33;

/**
 * Plays the events of a run on a terminal at a pace for eyes, some time behind the run where that is faster.
 * The figures are those of the run.
 */
export class Show {
  /** Resolves when the last event has been shown and the cursor is back. */
  readonly over: Promise<void>;
  private readonly options: ShowOptions;
  private readonly screen: Screen;
  private readonly pacer: Pacer;
  private readonly began = performance.now();
  private readonly resolveOver: () => void;
  private view: ViewState = initialView;
  private timer: NodeJS.Timeout | null = null;
  private runBegan = 0;
  private textLines = 0;
  private skipping = false;

  constructor(options: ShowOptions) {
    this.options = options;
    this.screen = new Screen(options.terminal);
    this.pacer = new Pacer(options.speed);
    const { promise, resolve } = deferred();
    this.over = promise;
    this.resolveOver = resolve;
  }

  push(event: RunEvent): void {
    const now = this.now();
    if (event.type === 'started') this.runBegan = now;
    this.pacer.push({ event, at: now - this.runBegan }, now);
    this.timer ??= setInterval(() => {
      this.tick();
    }, frameMilliseconds);
    if (this.skipping) this.tick();
  }

  /** Stops pacing: what has come is shown at once, and so is what still comes. */
  skip(): void {
    this.skipping = true;
    if (this.timer !== null) this.tick();
  }

  resized(): void {
    this.textLines = 0;
    this.screen.resized();
  }

  /** Gives the cursor back below what is shown; the next frame begins there. */
  release(): void {
    this.screen.abandon();
  }

  private tick(): void {
    const now = this.now();
    for (const timed of this.skipping ? this.pacer.flush() : this.pacer.due(now)) {
      this.view = advanceView(this.view, timed, now);
    }
    const { status } = this.view.run;
    if (status === 'waiting') return;
    if (status === 'running') this.draw(now);
    else this.end();
  }

  private draw(now: number): void {
    const { text, paint, params } = this.options;
    const frame = renderFrame(this.view, { ...this.screen.size, now, text, paint, params, textLines: this.textLines });
    this.textLines = frame.textLines;
    this.screen.draw(frame.lines);
  }

  private end(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    if (this.view.run.rows.length > 0) this.close();
    this.resolveOver();
  }

  private close(): void {
    const { text, paint, params, hints } = this.options;
    const { columns } = this.screen.size;
    const { lines } = renderFrame(withoutBlocks(this.view), {
      columns,
      rows: Infinity,
      now: Infinity,
      text,
      paint,
      params,
    });
    const remarks = this.view.run.status === 'finished' ? [this.paceRemark(), hints] : [];
    const below = remarks.map((phrases) => quietLine(phrases, columns, paint)).filter((line) => line !== '');
    this.screen.close([...lines, ...below]);
  }

  /** Whoever watched a slowed show should not take it for the model's speed. */
  private paceRemark(): readonly string[] {
    const watched = this.now() - this.runBegan;
    const step = this.pacer.stepMilliseconds ?? 0;
    if (step === 0 || this.skipping || watched < 1.5 * this.view.milliseconds) return [];
    const speed = Number((1000 / step).toFixed(1));
    return [`shown at ${String(speed)} steps a second`, '--speed 0 is as fast as it ran'];
  }

  private now(): number {
    return performance.now() - this.began;
  }
}

/** What was written, without drafts and the blocks that were not finished. */
const withoutBlocks = (view: ViewState): ViewState => ({
  ...view,
  run: { ...view.run, rows: view.run.rows.map((row) => ({ ...row, draft: [], block: null })) },
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: settle };
}
