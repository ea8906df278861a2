const most = 8;

/** Faults in one sentence: the first few, and how many more there are. */
export function listed(faults: readonly string[]): string {
  const shown = faults.slice(0, most).join('; ');
  return faults.length > most ? `${shown}; and ${faults.length - most} more` : shown;
}
