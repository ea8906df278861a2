import { types } from 'node:util';
import { createContext, Script } from 'node:vm';

/** The context calls back the work that it is handed, so that the work keeps its own globals and errors. */
const calls = { work: (): void => undefined };
const context = createContext(calls);
const script = new Script('work()');

/**
 * Runs work on this thread and gives what it returns. Stops work that takes longer than `milliseconds`, be it in a loop or
 * inside of one regular expression, and gives `undefined`: nothing of it runs after that, its `finally` blocks neither.
 * What the work throws is thrown. One call costs about 50 µs.
 */
export function withinTime<T>(milliseconds: number, work: () => T): { readonly value: T } | undefined {
  const done: { readonly value: T }[] = [];
  calls.work = () => {
    done.push({ value: work() });
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
    return done[0];
  } catch (error) {
    // The error is of the context's own globals, where `instanceof` does not know it.
    if (types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return undefined;
    throw error;
  }
}
