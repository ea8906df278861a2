/** What the process's exit code says. */
export const exitCodes = {
  ok: 0,
  /** A run failed, or a verification did. */
  failed: 1,
  /** A file, a flag or a document is wrong. */
  badInput: 2,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGHUP: the terminal is gone. */
  hungUp: 129,
  /** SIGTERM. */
  terminated: 143,
} as const;
