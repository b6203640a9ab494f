import type { Scores } from './scores.ts';

export interface ReportData {
  readonly title: string;
  readonly target: string;
  readonly task: string;
  /** Figures on the rows kept for the end, by model. */
  readonly rows: Readonly<Record<string, Scores>>;
  readonly kept: string;
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly confusion: { readonly names: readonly string[]; readonly matrix: readonly (readonly number[])[] } | undefined;
  readonly columns: readonly string[];
  readonly summary: string;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const [width, height, left, bottom] = [640, 240, 68, 32];

/** Curves over the epochs as one picture. */
const curves = (title: string, lines: Readonly<Record<string, readonly number[]>>): string => {
  const given = Object.entries(lines).filter(([, values]) => values.length > 0);
  const all = given.flatMap(([, values]) => values).filter(Number.isFinite);
  if (all.length === 0) return '';
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const span = most - least || 1;
  const longest = Math.max(...given.map(([, values]) => values.length));
  const x = (index: number): number => left + ((width - left - 12) * index) / Math.max(1, longest - 1);
  const y = (value: number): number => 12 + (height - bottom - 12) * (1 - (value - least) / span);
  const paths = given.map(([name, values], index) => {
    const points = values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline class="line${index}" fill="none" points="${points}"><title>${escaped(name)}</title></polyline>`;
  });
  const marks = [least, least + span / 2, most].map(
    value =>
      `<text x="${left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value.toPrecision(3)}</text><line class="grid" x1="${left}" x2="${width - 12}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>`,
  );
  const key = given.map(([name], index) => `<span class="key"><i class="swatch${index}"></i>${escaped(name)}</span>`).join('');
  return `<figure><figcaption>${escaped(title)} ${key}</figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)} over ${longest} epochs">${marks.join('')}${paths.join('')}<text x="${left}" y="${height - 8}">epoch 1</text><text x="${width - 12}" y="${height - 8}" text-anchor="end">${longest}</text></svg></figure>`;
};

const confusionTable = ({ names, matrix }: NonNullable<ReportData['confusion']>): string => {
  if (names.length > 25) {
    const wrong = matrix
      .flatMap((line, truth) => line.map((count, guess) => ({ truth, guess, count })))
      .filter(({ truth, guess, count }) => truth !== guess && count > 0);
    wrong.sort((a, b) => b.count - a.count);
    const rows = wrong
      .slice(0, 20)
      .map(
        ({ truth, guess, count }) =>
          `<tr><th scope="row">${escaped(names[truth] as string)}</th><td>${escaped(names[guess] as string)}</td><td>${count}</td></tr>`,
      );
    return `<table><caption>The commonest mistakes</caption><thead><tr><th scope="col">is</th><th scope="col">was taken for</th><th scope="col">times</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  }
  const largest = Math.max(1, ...matrix.flat());
  const head = names.map(name => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = matrix.map(
    (line, truth) =>
      `<tr><th scope="row">${escaped(names[truth] as string)}</th>${line.map((count, guess) => `<td class="${guess === truth ? 'right' : 'wrong'}" style="--share:${(count / largest).toFixed(3)}">${count}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion"><caption>Rows by what they are (down) and what the model says (across)</caption><thead><tr><td></td>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
};

const style = `:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--soft:#5a6472;--rule:#d5dae1;--a:#1f5fbf;--b:#b3470f}@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--paper:#12161c;--soft:#a3adba;--rule:#343c48;--a:#7ab0ff;--b:#ffab70}}
body{margin:0 auto;max-width:62rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{color:var(--soft);margin:.2rem 0 1rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}caption{text-align:left;color:var(--soft);padding:.2rem 0}th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--rule)}th[scope=row]{text-align:left}tr.kept{font-weight:600}figure{margin:0 0 1rem}figcaption{color:var(--soft)}svg{width:100%;max-width:40rem;height:auto}svg text{fill:var(--soft);font-size:12px}.grid{stroke:var(--rule)}polyline{stroke-width:2}.line0{stroke:var(--a)}.line1{stroke:var(--b);stroke-dasharray:6 3}.key{margin-left:1rem}.key i{display:inline-block;width:1.2em;height:.25em;margin-right:.4em;vertical-align:middle}.swatch0{background:var(--a)}.swatch1{background:var(--b)}.scroll{overflow-x:auto}.confusion td.right{box-shadow:inset 0 -.25em 0 color-mix(in srgb,var(--a) calc(var(--share)*100%),transparent)}.confusion td.wrong{box-shadow:inset 0 -.25em 0 color-mix(in srgb,var(--b) calc(var(--share)*100%),transparent)}pre{overflow-x:auto;font-size:.85rem}`;

/** The run as one page that needs nothing else. */
export const reportPage = ({ title, target, task, rows, kept, history, confusion, columns, summary }: ReportData): string => {
  const names = Object.keys(Object.values(rows)[0] ?? {});
  const body = Object.entries(rows).map(
    ([name, scores]) =>
      `<tr${name === kept ? ' class="kept"' : ''}><th scope="row">${escaped(name)}${name === kept ? ' (kept)' : ''}</th>${names.map(figure => `<td>${(scores[figure] as number).toPrecision(4)}</td>`).join('')}</tr>`,
  );
  const pairs = ['loss', 'accuracy'].filter(name => history[name] !== undefined);
  const pictures = pairs.map(name =>
    curves(name, {
      training: history[name] as readonly number[],
      validation: history[`val${name.charAt(0).toUpperCase()}${name.slice(1)}`] ?? [],
    }),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(title)}: ${escaped(target)}</title><style>${style}</style></head><body><main><h1>${escaped(title)}</h1><p>${escaped(task)} of ‘${escaped(target)}’, trained by Gradus</p><h2>On rows the model has not seen</h2><div class="scroll" tabindex="0" role="region" aria-label="Figures"><table><thead><tr><td></td>${names.map(name => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div><h2>Training</h2>${pictures.join('')}${confusion === undefined ? '' : `<h2>Mistakes</h2>${confusionTable(confusion)}`}<h2>What it looks at</h2><pre tabindex="0">${escaped(columns.join('\n'))}</pre><h2>The network</h2><pre tabindex="0">${escaped(summary)}</pre></main></body></html>\n`;
};
