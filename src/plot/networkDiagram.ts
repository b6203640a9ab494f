import { ValueError } from '../core/errors.ts';
import { said } from './check.ts';
import { layoutNetwork, type Spot } from './networkLayout.ts';
import { counted, grouped } from './numbers.ts';
import { type PictureOptions, picture, place, textAt, textSize, tooltip } from './svg.ts';
import { textWidth } from './text.ts';
import { fill, stroke } from './theme.ts';

/** A layer, an input, a model inside of the model. */
export interface DiagramNode {
  /** By which edges name it. */
  readonly id: string;
  /** What the box says; the id unless given. */
  readonly name?: string;
  /** Such as `dense`. */
  readonly kind?: string;
  /** Shape of the output, `null` where it is open; or as text. */
  readonly shape?: string | readonly (number | null)[];
  /** How many weights it has. */
  readonly parameters?: number;
}

/** What a network diagram shows. */
export interface NetworkDiagramOptions extends PictureOptions {
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

const [boxWidth, boxHeight, floor] = [240, 42, 66];
const mostNodes = 1000;

const shapeText = (shape: DiagramNode['shape']): string => {
  if (shape === undefined || typeof shape === 'string') return shape ?? '';
  return `(${shape.map(size => (size === null ? 'any' : grouped(size))).join(', ')}${shape.length === 1 ? ',' : ''})`;
};

const boxOf = (node: DiagramNode, x: number, y: number): string => {
  const { id, name = id, kind = '', shape, parameters } = node;
  const weights = parameters === undefined || parameters === 0 ? '' : counted(parameters, 'weight');
  const left = x - boxWidth / 2;
  const words = [name, kind, shapeText(shape), weights].filter(Boolean).join(', ');
  // The name has the first right to its line, the number of weights to the other.
  const nameRoom = boxWidth - 20 - (kind === '' || kind === name ? 0 : 60);
  const kindRoom = boxWidth - 28 - Math.min(nameRoom, textWidth(name.slice(0, 60), textSize) * 1.08);
  const weightRoom = textWidth(weights, textSize);
  return [
    `<g>${tooltip(words)}<rect x="${place(left)}" y="${place(y)}" width="${boxWidth}" height="${boxHeight}" rx="4" class="gradus-fill-surface gradus-line-soft" fill="#ffffff" stroke="#525c6a"/>`,
    // A band at the side: here is something that training moves.
    weights === ''
      ? ''
      : `<path ${fill('series0')} d="M${place(left + 4)} ${place(y)}h1.5v${boxHeight}h-1.5a4 4 0 0 1 -4 -4v-${boxHeight - 8}a4 4 0 0 1 4 -4z"/>`,
    textAt(left + 12, y + 17, name, { role: 'ink', isBold: true, room: nameRoom }),
    kind === '' || kind === name ? '' : textAt(left + boxWidth - 9, y + 17, kind, { anchor: 'end', room: kindRoom }),
    textAt(left + 12, y + 34, shapeText(shape), { room: boxWidth - 28 - weightRoom }),
    weights === '' ? '' : textAt(left + boxWidth - 9, y + 34, weights, { anchor: 'end' }),
    '</g>',
  ].join('');
};

const margin = 8;

const arrowOf = (route: readonly Spot[], top: number): string => {
  const y = (spot: Spot): number => top + spot.rank * floor;
  const parts = route.slice(1).map((spot, index) => {
    const before = route[index] as Spot;
    const [x1, y1, x2, y2] = [before.x + margin, y(before) + boxHeight, spot.x + margin, y(spot) - (spot.node === undefined ? 0 : 5)];
    const middle = (y1 + y2) / 2;
    const start = index === 0 ? `M${place(x1)} ${place(y1)}` : `V${place(y1)}`; // straight down past the boxes of a floor
    return `${start}C${place(x1)} ${place(middle)} ${place(x2)} ${place(middle)} ${place(x2)} ${place(y2)}`;
  });
  const last = route.at(-1) as Spot;
  const [x, end] = [last.x + margin, y(last)];
  return `<path ${stroke('soft')} fill="none" stroke-width="1.3" d="${parts.join('')}"/><path ${fill('soft')} d="M${place(x)} ${place(end)}l-4 -7h8z"/>`;
};

/**
 * A network as boxes from top to bottom, each with its name, kind, output shape and number of weights, and arrows for what flows where.
 * A band at the left of a box marks layers that have weights.
 *
 * @throws ValueError for ids that occur twice, edges that name no node, edges that go round in a circle, and more than 1,000 nodes.
 * @example networkDiagram({ title: 'Network', nodes: [{ id: 'input', shape: [null, 4] }, { id: 'dense', kind: 'dense', shape: [null, 3], parameters: 15 }], edges: [['input', 'dense']] })
 */
export const networkDiagram = (options: NetworkDiagramOptions): string => {
  const { title, nodes, edges } = options;
  if (nodes.length > mostNodes)
    throw new ValueError(`networkDiagram draws at most ${mostNodes} nodes, and ${nodes.length} came: draw parts of the network.`);
  for (const { id, parameters } of nodes)
    if (parameters !== undefined && !(parameters >= 0 && Number.isFinite(parameters)))
      throw new ValueError(`networkDiagram: node ${said(id)} has ${parameters} weights. Give a number from 0, or leave it out.`);
  const layout = layoutNetwork(
    nodes.map(({ id }) => id),
    edges,
    { box: boxWidth, bend: 12, gap: 16 },
  );
  const top = (title === '' ? 0 : 24) + margin;
  const height = Math.max(120, top + layout.ranks.length * floor - (floor - boxHeight) + margin);
  const width = Math.max(boxWidth, layout.width) + 2 * margin;
  const boxes = layout.ranks
    .flat()
    .flatMap(({ node, x, rank }) => (node === undefined ? [] : [boxOf(nodes[node] as DiagramNode, x + margin, top + rank * floor)]));
  const total = nodes.reduce((sum, { parameters = 0 }) => sum + parameters, 0);
  const listed = nodes
    .slice(0, 20)
    .map(({ id, name = id, kind }) => `${said(name)}${kind === undefined || kind === name ? '' : ` (${said(kind)})`}`);
  const sentence =
    nodes.length === 0
      ? 'A network without layers.'
      : `A network of ${counted(nodes.length, 'box', 'boxes')} and ${counted(layout.routes.length, 'arrow')}, with ${counted(total, 'weight')}: ${listed.join(', ')}${nodes.length > 20 ? ` and ${nodes.length - 20} more` : ''}.`;
  const drawing = layout.routes.map(route => arrowOf(route, top)).join('') + boxes.join('');
  return picture(
    width,
    height,
    title,
    options.description ?? sentence,
    drawing || textAt(width / 2, height / 2, 'no layers', { anchor: 'middle' }),
  );
};
