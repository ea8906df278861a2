import { originOf, type Plan, type PlanUnit } from './plan.js';
import { lengthsAgree, lengthsInWords } from './port-lengths.js';

/** Throws an `Error` unless the scores, masks, blocks and predictions that go into a node cover the same positions. */
export function checkLengths(plan: Plan, node: PlanUnit, values: Readonly<Record<string, unknown>>): void {
  if (!node.comparesLengths) return;
  const inputs = { names: node.inputNames, kinds: node.inputKinds, values };
  if (lengthsAgree(inputs)) return;
  throw new Error(lengthsInWords(inputs, (index) => originOf(plan, node.inputSlots[index] ?? -1)));
}
