/**
 * Runs `use` with `gpu` as `navigator.gpu`, as pages have it and the library demands when it starts; then all is as it was, since
 * Node's navigator is none of ours.
 */
export function offering<T>(gpu: unknown, use: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return use();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
