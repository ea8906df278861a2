import type { RunEvent } from '../../runtime/events.js';
import { Show } from '../live/show.js';
import { createPaint } from '../live/paint.js';
import { tokenTextOf } from '../models.js';
import { colourLevel } from '../terminal/colours.js';
import type { FormatContext, RunFormat } from './format.js';
import { nextToTry } from './next-to-try.js';

/** The run as a show in the terminal; the text and its figures stay when it is over. */
export function liveFormat({ session, graph, path, model, params, speed }: FormatContext): RunFormat {
  const { tokenizer, denoiser } = model;
  const show = new Show({
    terminal: session.stdout,
    text: tokenTextOf(tokenizer, denoiser.manifest.vocabularySize),
    paint: createPaint(colourLevel(session.environment, 'stdout')),
    speed,
    params: graph.params,
    hints: nextToTry({ graph, path, params }),
  });
  const skip = (): void => {
    show.skip();
  };
  const resize = (): void => {
    show.resized();
  };
  const leave = (): void => {
    show.release();
  };
  // Ctrl-Z must not leave a shell without a cursor.
  const suspend = (): void => {
    show.release();
    process.kill(process.pid, 'SIGSTOP');
  };
  session.signal.addEventListener('abort', skip);
  session.stdout.on('resize', resize);
  const stay = session.beforeEnd(leave);
  process.on('SIGTSTP', suspend);
  return {
    take: (event: RunEvent) => {
      show.push(event);
      return Promise.resolve();
    },
    close: async () => {
      await show.over;
      session.signal.removeEventListener('abort', skip);
      session.stdout.off('resize', resize);
      stay();
      process.off('SIGTSTP', suspend);
    },
  };
}
