import type { Canvas } from '../../graph/values.js';

/** Whether a row is full or has ended. */
export const isDone = (canvas: Canvas): boolean => canvas.ended || canvas.tokens.length >= canvas.length;
