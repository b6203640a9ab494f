import type { Expr } from '../../compiler/expression.ts';
import type { LoopKernel } from '../../compiler/kernel.ts';
import type { Program, Step } from '../../compiler/program.ts';
import { formatShape } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { type Node, topological } from '../../graph/node.ts';
import type { Graph } from '../device.ts';
import type { BuiltModule } from './module.ts';

const name = (node: Node): string => `%${node.id}`;

/** The graph, a line a node: name, operation, inputs, attributes, shape, element type. */
export const printGraph = ({ outputs }: Pick<Graph, 'outputs'>): string =>
  topological(outputs)
    .map(node => {
      const attributes = JSON.stringify(node.attributes, (_key, value: unknown) => (typeof value === 'function' ? '…' : value));
      const shown = attributes === '{}' || node.op === 'scan' || node.op === 'cond' || node.op === 'while' ? '' : ` ${attributes}`;
      return `${name(node)} = ${node.op}(${node.inputs.map(name).join(', ')})${shown}  ${formatShape(node.shape)} ${node.dtype}`;
    })
    .join('\n');

const printExpression = (expr: Expr): string => {
  if (expr.kind === 'constant') return String(expr.value);
  if (expr.kind === 'index') return `i[${expr.affine.strides}]`;
  if (expr.kind === 'reduced') return `row ${name(expr.node)}`;
  if (expr.kind === 'load')
    return `${name(expr.access.node)}[${expr.access.affine.offset ? `${expr.access.affine.offset} + ` : ''}${expr.access.affine.strides}${expr.access.indirect.map(({ index }) => `; ${printExpression(index)}`).join('')}]`;
  return `${expr.name ?? expr.op}(${expr.args.map(printExpression).join(', ')})`;
};

const shorten = (text: string): string => (text.length > 220 ? `${text.slice(0, 217)}…` : text);

const printLoops = (kernel: LoopKernel, indent: string): string[] => {
  const axes = kernel.sizes.map(
    (size, axis) => `${axis < kernel.parallel ? 'parallel' : 'reduction'} ${size}${axis === kernel.vector ? ' vector' : ''}`,
  );
  const lines = [`${indent}loops ${axes.join(', ') || 'one element'}`];
  kernel.stages.forEach((stage, index) => {
    lines.push(`${indent}  pass ${index + 1}`);
    for (const { node, op, value } of stage.reductions) lines.push(shorten(`${indent}    ${name(node)} = ${op} ${printExpression(value)}`));
    for (const { node, value } of stage.stores) lines.push(shorten(`${indent}    store ${name(node)} = ${printExpression(value)}`));
  });
  for (const { node, value, mode } of kernel.rowStores)
    lines.push(shorten(`${indent}  store ${name(node)} ${mode === 'set' ? '=' : `${mode}=`} ${printExpression(value)}`));
  return lines;
};

const printSteps = (steps: readonly Step[], indent = ''): string[] =>
  steps.flatMap(step => {
    if (step.kind === 'copy') return [`${indent}copy ${name(step.from)} -> ${name(step.to)}, ${step.bytes} bytes`];
    if (step.kind === 'loop') return [`${indent}loop ${step.count} times`, ...printSteps(step.body, `${indent}  `)];
    if (step.kind === 'branch')
      return [
        `${indent}if ${name(step.predicate)}`,
        ...printSteps(step.whenTrue, `${indent}  `),
        `${indent}else`,
        ...printSteps(step.otherwise, `${indent}  `),
      ];
    if (step.kind === 'while')
      return [`${indent}while`, ...printSteps(step.condition, `${indent}  `), `${indent}do`, ...printSteps(step.body, `${indent}  `)];
    const { kernel } = step;
    if (kernel.kind === 'loops') return printLoops(kernel, indent);
    if (kernel.kind === 'sort')
      return [`${indent}sort ${kernel.outer} x ${kernel.length} x ${kernel.inner} of ${name(kernel.input)} -> ${name(kernel.node)}`];
    const product = (axes: readonly { size: number }[]): number => axes.reduce((total, { size }) => total * size, 1);
    const rows = product([...kernel.outerRows, kernel.rows]);
    const depth = product([...kernel.segments, kernel.inner]);
    const map =
      kernel.epilogue === undefined
        ? []
        : [
            `${indent}  epilogue, on each block of rows`,
            ...printLoops(kernel.epilogue.kernelFor(kernel.rows.size, kernel.columns), `${indent}    `),
          ];
    return [
      `${indent}contraction ${product(kernel.batch)} x (${rows} x ${depth} x ${kernel.columns}), ${kernel.order} order, tile ${kernel.tileRows}x${kernel.tileColumns}: ${name(kernel.a)}, ${name(kernel.b)} -> ${name(kernel.node)}`,
      ...map,
    ];
  });

const printMemory = ({ locations, arenaBytes }: Program): string =>
  [
    `arena ${arenaBytes} bytes`,
    ...[...locations].map(
      ([node, { base, index, offset }]) =>
        `${name(node)} ${formatShape(node.shape)} ${node.dtype}: ${base}${base === 'arena' ? '' : ` ${index}`} + ${offset}`,
    ),
  ].join('\n');

/** Prints the stages that `GRADUS_DEBUG` names (graph, kernels, wat, memory), for humans. */
export const explain = (graph: Graph, program: Program, module: BuiltModule): void => {
  const wanted = platform()
    .environment('GRADUS_DEBUG')
    ?.split(/[\s,|]+/);
  if (wanted === undefined) return;
  const sections: Readonly<Record<string, () => string>> = {
    graph: () => printGraph(graph),
    kernels: () => printSteps(program.steps).join('\n'),
    memory: () => printMemory(program),
    wat: module.text,
  };
  for (const [section, print] of Object.entries(sections)) if (wanted.includes(section)) platform().write(`--- ${section}\n${print()}\n`);
};
