/** What a person sets limits by (`Limits`) where the engine runs: a page has no command line. */
export interface LimitNames {
  readonly rows: string;
  readonly cacheBytes: string;
}

export const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** The first line of a message, as a part of a sentence. */
export const oneLine = (message: string): string => (message.split('\n', 1)[0] ?? '').trim().replace(/\.$/, '');
