/** Whether a value has fields. Callers in plain JavaScript may give none where the types say that there are. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
