import { classesSection } from './classes.ts';
import { examplesSection } from './examples.ts';
import { clipped, escaped } from './html.ts';
import { inputsSection } from './inputs.ts';
import { judgedOf } from './judged.ts';
import { layersSection, networkSection, originSection } from './network.ts';
import { calibrationSection, rankingSection } from './ranking.ts';
import { regressionSection } from './regression.ts';
import type { RunReport, Section } from './runReport.ts';
import { headline, scoresSection } from './scores.ts';
import { style } from './style.ts';
import { trainingSection } from './training.ts';

const taskNames = { classification: 'Classification', regression: 'Regression', multiLabel: 'Several labels a row' } as const;

const leadOf = ({ task, target, kept, classes, truth, probabilities }: RunReport): string => {
  const rows =
    truth === undefined ? undefined : task === 'multiLabel' && classes ? (probabilities?.length ?? 0) / classes.length : truth.length;
  return [
    `${taskNames[task]} of ‘${clipped(target)}’`,
    kept === undefined ? '' : `kept: ${clipped(kept)}`,
    rows === undefined ? '' : `judged on ${rows.toLocaleString('en-US')} rows that it had not seen`,
  ]
    .filter(Boolean)
    .join(', ');
};

const sectionHtml = ({ id, title, html }: Section): string =>
  `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>${html}</section>`;

/**
 * A training run as one page of HTML that needs nothing else: no script, no other file, light and dark, on small screens and on paper.
 *
 * Each part of the report is shown only if it is given.
 * @throws ValueError for parts that do not fit each other: lists of different lengths, labels outside of the classes.
 */
export const reportPage = (report: RunReport): string => {
  const judged = judgedOf(report);
  const sections = [
    scoresSection(report),
    trainingSection(report),
    classesSection(report, judged),
    regressionSection(report, judged),
    rankingSection(report, judged),
    calibrationSection(report, judged),
    examplesSection(report),
    inputsSection(report),
    networkSection(report),
    layersSection(report),
    originSection(report),
  ].filter(section => section !== undefined);
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escaped(title)}</a></li>`);
  const title = escaped(clipped(report.title, 200));
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}: ${escaped(clipped(report.target, 80))}</title>`,
    `<style>${style}</style></head>`,
    '<body><a class="skip" href="#content">Skip to the content</a><div class="page">',
    `<header><h1 dir="auto">${title}</h1><p class="lead">${escaped(leadOf(report))}</p></header>`,
    `<div class="body"><nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`,
    `<main id="content" tabindex="-1">${headline(report)}${sections.map(sectionHtml).join('\n')}</main></div>`,
    '<footer><p>Made by Gradus. This page needs no network and holds all that it shows.</p></footer></div></body></html>',
    '',
  ].join('\n');
};
