/**
 * The other side of `runProcess`: does the work that was asked for, tells by messages, and ends. Ctrl-C reaches every process of a terminal:
 * whoever started this one decides when it ends.
 */
export async function serveProcess(
  work: (request: unknown, tell: (message: object) => Promise<void>) => Promise<void>,
): Promise<never> {
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
  const tell = (message: object): Promise<void> =>
    new Promise((resolve) => {
      process.send?.(message, () => resolve());
    });
  const request: unknown = JSON.parse(process.argv[2] ?? '');
  await work(request, tell);
  // A device or a thread may keep the process alive.
  process.exit();
}
