/**
 * Everything that `top` is made from and that is not known yet, sources before what is made from them, and `top` last. Whoever
 * takes one makes it known before taking the next, so that each comes once however many are made from it. Works off a list: a chain
 * of thousands would overflow the stack of calls.
 */
export function* bottomUp<T>(
  top: T,
  sourcesOf: (of: T) => readonly T[],
  isKnown: (of: T) => boolean,
): Generator<T, void, undefined> {
  if (isKnown(top)) return;
  const open = [top];
  for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
    const unknown = sourcesOf(next).find((source) => !isKnown(source));
    if (unknown !== undefined) open.push(unknown);
    else {
      open.pop();
      yield next;
    }
  }
}
