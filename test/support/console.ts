import { afterEach, beforeEach, vi } from 'vitest';

/** What a test of this file writes on the console, which stays silent. */
export function captureConsole(): readonly string[] {
  const writes: string[] = [];
  beforeEach(() => {
    writes.length = 0;
    for (const method of ['log', 'warn', 'error', 'info'] as const) {
      vi.spyOn(console, method).mockImplementation((...words) => void writes.push(words.join(' ')));
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return writes;
}
