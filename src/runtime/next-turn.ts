// What is used of Node and of browsers, each of which declares its own alone.
declare const setImmediate: ((turn: () => void) => unknown) | undefined;
declare const MessageChannel: new () => {
  readonly port1: { onmessage: (() => void) | null; close(): void };
  readonly port2: { postMessage(message: null): void };
};

/** Lets timers, signals, painting and other work of the process have their turn. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else throughMessage(resolve);
  });

/** A message comes in a turn of its own at once, where a timer among timers waits 4 ms and more. */
function throughMessage(turn: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    turn();
  };
  port2.postMessage(null);
}
