/** How a small engine on the processor is opened, but for its folder. */
export const tinyEngine = { provider: 'cpu', precision: 'fp32', threads: 1, maskId: null } as const;
