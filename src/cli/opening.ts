import type { Session } from './session.js';
import { ChangingLine } from './terminal/changing-line.js';

/** How long a person waits without a word, in milliseconds. */
const patience = 500;

const columns = 24;

/**
 * Does work that opens a model. Where that takes longer than `patience`, a terminal shows how far it is, on a line that
 * is gone afterwards.
 */
export async function withOpeningBar<T>(
  session: Session,
  name: string,
  open: (progress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const line = new ChangingLine(session);
  let text = '';
  let late = false;
  const show = (): void => {
    if (late && text !== '') line.change(text);
  };
  // A backend may be silent after the last byte.
  const timer = setTimeout(() => {
    late = true;
    show();
  }, patience);
  try {
    return await open((done, total) => {
      const next = `opening ${name}  ${barOf(total === 0 ? 1 : done / total)}`;
      if (next === text) return;
      text = next;
      show();
    });
  } finally {
    clearTimeout(timer);
    line.wipe();
  }
}

function barOf(share: number): string {
  const full = Math.round(share * columns);
  const percent = String(Math.floor(100 * share)).padStart(3);
  return `${'\u2501'.repeat(full)}${'\u2500'.repeat(columns - full)} ${percent}%`;
}
