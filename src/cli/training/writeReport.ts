import { join } from 'node:path';
import { writeWhole } from '../files.ts';
import type { Plan } from '../tasks/prepared.ts';
import type { Run, Trained } from './fit.ts';
import { reportPage } from './report.ts';
import type { Judged } from './run.ts';
import { confusionOf, type Scores } from './scores.ts';

export interface ReportFacts {
  readonly run: Run;
  readonly folder: string;
  readonly best: Trained;
  readonly kept: string;
  readonly test: Readonly<Record<string, Scores>>;
  readonly judged: Judged;
  readonly rates: readonly { readonly rate: number; readonly loss: number }[];
  readonly plan: Plan;
  readonly seconds: number;
}

/** The run as a page. */
export const writeReport = async ({ run, folder, best, kept, test, judged }: ReportFacts): Promise<void> => {
  const { prepared } = run;
  const { classes } = prepared;
  const confusion =
    prepared.task === 'classification' ? { names: classes, matrix: confusionOf(judged.truth, judged.answers, classes.length) } : undefined;
  await writeWhole(
    join(folder, 'report.html'),
    reportPage({
      ...{ title: prepared.source, target: prepared.target, task: prepared.task, rows: test, history: best.history, confusion },
      ...{ columns: prepared.columns, kept, summary: best.net.summary({ print: false }) },
    }),
  );
};
