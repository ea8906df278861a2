import type { AutoEvent, TellOfAuto } from '../models/auto/events.js';
import { note } from './report.js';
import type { Session } from './session.js';
import { ChangingLine } from './terminal/changing-line.js';

/** Does work in which `auto` may choose a backend: what is tried is seen on a line that is gone afterwards; what is taken stays. */
export async function withChoosing<T>(session: Session, work: (choosing: TellOfAuto) => Promise<T>): Promise<T> {
  const line = new ChangingLine(session);
  let told = false;
  const tell = (event: AutoEvent): void => {
    if (event.type === 'taken') {
      line.wipe();
      note(session, `auto takes ${event.backend}: ${event.why}`);
    } else if (event.type === 'unkept') {
      line.wipe();
      note(
        session,
        `auto cannot write ${event.file}, and tries again when it is asked the next time (SAMPLEWIRE_CACHE names another folder)`,
      );
    } else if (line.live) {
      line.change(`trying ${event.backend} (${String(event.number)} of ${String(event.total)}): ${event.stage}`);
    } else if (!told) {
      note(session, 'auto tries what there is on this machine');
      told = true;
    }
  };
  try {
    return await work(tell);
  } finally {
    line.wipe();
  }
}
