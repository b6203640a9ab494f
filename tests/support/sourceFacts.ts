import { parseAst } from 'vitest/node';

/** What one source file says about its surroundings. */
export interface SourceFacts {
  /** Every module it names: static, re-exported, dynamic and type imports. */
  readonly imports: readonly string[];
  /** Names it uses without declaring them: globals, of values and of types. `globalThis.name` counts as `name`. */
  readonly globals: ReadonlySet<string>;
  readonly hasDefaultExport: boolean;
}

type SyntaxNode = { readonly type: string } & { readonly [key: string]: unknown };

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const childrenOf = (node: SyntaxNode): [string, SyntaxNode][] =>
  Object.entries(node).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child): [string, SyntaxNode] => [key, child]),
  );

/** Fields of a node whose identifier is a name of its own (`a.name`, `{ name: 1 }`), not the use of a variable. */
const nameFields = new Set(['property', 'key', 'label', 'imported', 'exported', 'right', 'qualifier', 'meta']);

const isPlainName = (parent: SyntaxNode, field: string): boolean => {
  if (!nameFields.has(field) || parent.computed === true) return false;
  if (field === 'right') return parent.type === 'TSQualifiedName';
  return true;
};

/** Fields that introduce a variable; patterns inside them are followed down to their identifiers. */
const bindingFields: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  TSEmptyBodyFunctionExpression: ['params'],
  TSFunctionType: ['params'],
  TSMethodSignature: ['params'],
  TSCallSignatureDeclaration: ['params'],
  TSConstructorType: ['params'],
  TSIndexSignature: ['parameters'],
  ClassDeclaration: ['id'],
  ClassExpression: ['id'],
  CatchClause: ['param'],
  ImportSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
  ImportDefaultSpecifier: ['local'],
  TSTypeAliasDeclaration: ['id'],
  TSInterfaceDeclaration: ['id'],
  TSTypeParameter: ['name'],
  TSMappedType: ['key'],
  TSNamedTupleMember: ['label'],
};

const boundNames = (pattern: SyntaxNode, into: Set<string>): void => {
  if (pattern.type === 'Identifier') into.add(pattern.name as string);
  else
    for (const [field, child] of childrenOf(pattern))
      if (field !== 'typeAnnotation' && !(field === 'key' && pattern.computed !== true)) boundNames(child, into);
};

const literal = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined;
  if (value.type === 'TSLiteralType') return literal(value.literal);
  return typeof value.value === 'string' ? value.value : undefined;
};

const namedModule = (node: SyntaxNode): string | undefined => {
  if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) || node.type === 'ImportExpression') return literal(node.source);
  if (node.type === 'TSImportType') return literal(node.source) ?? literal(node.argument);
  const callee = node.type === 'CallExpression' && isNode(node.callee) ? node.callee : undefined;
  return callee?.name === 'require' ? literal((node.arguments as unknown[])[0]) : undefined;
};

/** Reads a TypeScript source. A name declared anywhere in the file counts as declared everywhere in it: scopes are not told apart. */
export const sourceFacts = (source: string): SourceFacts => {
  const imports: string[] = [];
  const used = new Set<string>();
  const declared = new Set<string>();
  let hasDefaultExport = false;
  const visit = (node: SyntaxNode): void => {
    const module = namedModule(node);
    if (module !== undefined) imports.push(module);
    if (node.type === 'ExportDefaultDeclaration') hasDefaultExport = true;
    if (node.type === 'ExportSpecifier' && isNode(node.exported) && node.exported.name === 'default') hasDefaultExport = true;
    for (const field of bindingFields[node.type] ?? [])
      for (const value of [node[field]].flat()) if (isNode(value)) boundNames(value, declared);
    if (node.type === 'MemberExpression' && isNode(node.object) && node.object.name === 'globalThis' && isNode(node.property))
      used.add((node.computed === true ? literal(node.property) : (node.property.name as string)) ?? '');
    for (const [field, child] of childrenOf(node)) {
      if (child.type === 'Identifier' && !isPlainName(node, field)) used.add(child.name as string);
      visit(child);
    }
  };
  visit(parseAst(source, { lang: 'ts' }) as unknown as SyntaxNode);
  return { imports, hasDefaultExport, globals: new Set([...used].filter(name => !declared.has(name))) };
};
