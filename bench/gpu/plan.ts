/** One thing to measure of a contestant that is open. */
export type Task =
  | { readonly task: 'forward'; readonly rows: number; readonly cached: number }
  | { readonly task: 'run'; readonly rows: number; readonly pipeline: string };

export interface PlanOptions {
  readonly rows: readonly number[];
  readonly contexts: readonly number[];
  readonly pipelines: readonly string[];
}

/** So many rows fit any card, and say most. */
const few = 8;

/**
 * What is measured, in passes over all contestants: what is worth most comes first, so that little is lost where time runs out. Few rows
 * before many; of the contexts the middle one before the others.
 */
export function passesOf({ rows, contexts, pipelines }: PlanOptions): readonly (readonly Task[])[] {
  const middle = contexts[Math.floor((contexts.length - 1) / 2)];
  const ordered = middle === undefined ? [] : [middle, ...contexts.filter((each) => each !== middle)];
  const forwards = (of: readonly number[], at: readonly number[]): Task[] =>
    of.flatMap((each) => at.map((cached): Task => ({ task: 'forward', rows: each, cached })));
  const runs = (of: readonly number[]): Task[] =>
    of.flatMap((each) => pipelines.map((pipeline): Task => ({ task: 'run', rows: each, pipeline })));
  const tasks = (of: readonly number[]): Task[] => [
    ...forwards(of, ordered.slice(0, 1)),
    ...runs(of.slice(0, 1)),
    ...forwards(of, ordered.slice(1)),
    ...runs(of.slice(1)),
  ];
  return [tasks(rows.filter((each) => each <= few)), tasks(rows.filter((each) => each > few))].filter(
    (pass) => pass.length > 0,
  );
}

const counted = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`);

/** A task in words. */
export const inWords = (task: Task): string =>
  task.task === 'forward' ? `${counted(task.rows)}, ${task.cached} cached` : `${task.pipeline}, ${counted(task.rows)}`;
