import type { Seat } from './batch.js';
import type { Seated } from './machine.js';

/** The temperature of each of a pass's `answers` rows of logits. */
export function temperaturesOf(calls: readonly Seated[], seats: readonly Seat[], answers: number): number[] {
  const temperatures = new Array<number>(answers).fill(1);
  calls.forEach((call, index) => {
    const first = seats[index]?.answer ?? 0;
    temperatures.fill(call.raw.temperature, first, first + call.answers);
  });
  return temperatures;
}
