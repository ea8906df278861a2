/** What a thrown value says. Anything can be thrown, also what has no text. */
export function messageOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'string' ? cause : `something was thrown that is no error (${typeof cause})`;
}
