import { visible } from '../../graph/visible.js';
import type { BackendVerification, ExpectedCases } from '../../models/verify-each.js';

const gap = '  ';
const notThere = '-';

/** One line for each case with the largest difference on each backend, and below why some have none. */
export function verifyTable(
  expected: readonly ExpectedCases[],
  found: readonly BackendVerification[],
): readonly string[] {
  const head = ['case', 'tolerance', ...found.map(({ backend }) => backend)];
  const rows = expected.flatMap(({ name, labels, tolerance }, folder) =>
    labels.map((label, index) => [
      visible(`${name}: ${label}`),
      tolerance.toExponential(0),
      ...found.map(({ differences }) => cellOf(differences[folder]?.[index], tolerance)),
    ]),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join(gap);
  const reasons = found.flatMap(({ backend, reason }) => {
    // What else is said goes below, under its backend.
    if (reason === null) return [];
    return reason.split('\n').map((each, index) => (index === 0 ? `${backend}: ${each}` : `  ${each}`));
  });
  return [line(head), ...rows.map(line), ...(reasons.length === 0 ? [] : ['', ...reasons])];
}

const cellOf = (difference: number | undefined, tolerance: number): string => {
  if (difference === undefined) return notThere;
  return `${difference <= tolerance ? '' : 'FAIL '}${difference.toExponential(1)}`;
};

/** Whether all that was compared agrees, and something was. */
export function allAgree(expected: readonly ExpectedCases[], found: readonly BackendVerification[]): boolean {
  const compared = found.flatMap(({ differences }) =>
    expected.flatMap(({ tolerance }, folder) => (differences[folder] ?? []).map((each) => each <= tolerance)),
  );
  return compared.length > 0 && compared.every((agrees) => agrees);
}
