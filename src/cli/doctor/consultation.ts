import { Chalk } from 'chalk';
import { visible, visibleJson } from '../../graph/visible.js';
import { examine, rememberExamined } from '../../models/auto/examine.js';
import { rememberedFile } from '../../models/auto/remembered.js';
import type { Probe } from '../../models/auto/settle.js';
import type { ModelToTime } from '../../models/auto/timed-models.js';
import { candidates } from '../../models/backends.js';
import { exitCodes } from '../exit-code.js';
import { write, type Session } from '../session.js';
import type { ChangingLine } from '../terminal/changing-line.js';
import { colourLevel } from '../terminal/colours.js';
import { sizeOfTerminal } from '../terminal/size.js';
import { findingsJson, thisMachine } from './findings.js';
import { closingLines, openingLines } from './lines.js';
import { rowLines } from './table.js';

export interface ConsultationOptions {
  /** Shows what is under way. */
  readonly line: ChangingLine;
  readonly json: boolean;
  /** Another way to try a backend, in tests. */
  readonly tried?: Probe;
}

/** Tries every backend, tells of each as it comes, remembers the outcome for `auto`, and gives the exit code. */
export async function consult(
  models: readonly ModelToTime[],
  session: Session,
  { line, json, tried }: ConsultationOptions,
): Promise<number> {
  const look = {
    width: sizeOfTerminal(session.stdout).columns,
    chalk: new Chalk({ level: colourLevel(session.environment, 'stdout') }),
  };
  const print = async (lines: readonly string[]): Promise<void> => {
    line.wipe();
    if (!json) await write(session, `${lines.join('\n')}\n`);
  };
  const machine = thisMachine();
  await print(openingLines(machine, models, look.width).map(visible));
  const reports = await examine(models, {
    tell: (backend, stage) => {
      const number = candidates.indexOf(backend) + 1;
      line.change(`trying ${backend} (${String(number)} of ${String(candidates.length)}): ${stage}`);
    },
    take: (report) => print(rowLines(report, models, look)),
    signal: session.signal,
    ...(tried === undefined ? {} : { tried }),
  });
  const remembered = (await rememberExamined(models, reports)) ? rememberedFile() : null;
  const findings = { machine, models, reports, remembered };
  await print(closingLines(findings, look.width).map(visible));
  if (json) await write(session, `${visibleJson(findingsJson(findings), 2)}\n`);
  return reports.some(({ status }) => status === 'verified') ? exitCodes.ok : exitCodes.failed;
}
