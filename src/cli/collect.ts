/** For options that may be repeated: every value in the order in which they were given. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
