const variable = 'XDG_RUNTIME_DIR';
/** A folder with no socket in it, of a path that is short enough for one. */
const empty = '/';

/**
 * Looks for graphics devices without the Wayland library's remarks on the terminal, which it asks for screens on the way: it wants to
 * know where sockets are, and takes it without a word that there are none.
 */
export function quietly<T>(look: () => T): T {
  const undo = pointAway();
  try {
    return look();
  } finally {
    undo();
  }
}

/**
 * The same for looking that takes its time, in this thread or in others. It has no effect but in the main thread: what other threads
 * set does not reach libraries.
 */
export async function quietlyMeanwhile<T>(look: () => Promise<T>): Promise<T> {
  const undo = pointAway();
  try {
    return await look();
  } finally {
    undo();
  }
}

/** How many look at this moment: the last of them puts things back. */
let looking = 0;

function pointAway(): () => void {
  if (process.platform !== 'linux') return () => undefined;
  if (looking === 0 && process.env[variable] !== undefined) return () => undefined;
  process.env[variable] = empty;
  looking += 1;
  return () => {
    looking -= 1;
    if (looking === 0) Reflect.deleteProperty(process.env, variable);
  };
}
