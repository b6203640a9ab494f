import { formatValue, histogramChart, networkDiagram } from '../../plot/index.ts';
import { clipped, escaped, escapedLines, figure, figures, folded, paragraph, small, wideFigure } from './html.ts';
import type { LayerValues, RunReport, Section } from './runReport.ts';

const mostNodes = 150;
const mostHistograms = 24;

/** The network as a drawing and as text. */
export const networkSection = ({ network, summary }: RunReport): Section | undefined => {
  const parts: string[] = [];
  const isDrawn = network !== undefined && network.nodes.length > 0 && network.nodes.length <= mostNodes;
  if (isDrawn) {
    const weights = network.nodes.reduce((sum, { parameters = 0 }) => sum + parameters, 0);
    const caption = `${formatValue(network.nodes.length)} layers with ${escaped(formatValue(weights))} weights. A band at the left marks layers that have some.`;
    parts.push(wideFigure('Drawing of the network', networkDiagram({ title: '', nodes: network.nodes, edges: network.edges }), caption));
  }
  if (summary !== undefined && summary.trim() !== '') {
    const text = `<pre tabindex="0" role="region" aria-label="Summary of the network">${escapedLines(summary.slice(0, 200_000))}</pre>`;
    parts.push(isDrawn ? folded('As text', text) : text);
  }
  return parts.length === 0 ? undefined : { id: 'network', title: 'The network', html: parts.join('') };
};

const histograms = (title: string, layers: readonly LayerValues[]): string => {
  if (layers.length === 0) return '';
  const pictures = layers.slice(0, mostHistograms).map(layer => {
    const data = 'values' in layer ? { values: layer.values } : { bins: layer.bins };
    return figure(histogramChart({ title: clipped(layer.name, 80), yLabel: '', ...data, width: small.width, height: 150 }));
  });
  const rest = layers.length > mostHistograms ? paragraph(`The first ${mostHistograms} of ${formatValue(layers.length)}.`) : '';
  return `<h3>${title}</h3>${figures(pictures, 'small')}${rest}`;
};

/** How weights and activations are spread, layer by layer. */
export const layersSection = ({ weights = [], activations = [] }: RunReport): Section | undefined => {
  const html = histograms('Weights', weights) + histograms('Activations', activations);
  return html === '' ? undefined : { id: 'layers', title: 'Inside of the layers', html };
};

/** By what the run was made, and how it is made again. */
export const originSection = ({ environment = {}, command }: RunReport): Section | undefined => {
  const facts = Object.entries(environment).map(
    ([name, value]) =>
      `<div><dt>${escaped(clipped(name, 60))}</dt><dd>${escaped(typeof value === 'number' && name !== 'seed' ? formatValue(value) : clipped(String(value), 300))}</dd></div>`,
  );
  const parts = [
    facts.length === 0 ? '' : `<dl class="facts">${facts.join('')}</dl>`,
    command === undefined
      ? ''
      : `<p>To make it again:</p><pre tabindex="0" role="region" aria-label="Command that makes this run again"><code>${escapedLines(command)}</code></pre>`,
  ];
  const html = parts.join('');
  return html === '' ? undefined : { id: 'origin', title: 'How it was made', html };
};
