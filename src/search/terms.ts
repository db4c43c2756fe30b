/** A program's text taken apart: what it imports, declares, reads and pays, each piece as it was written. */
import type ts from 'typescript'

/** A property of the definition's `reads` or `terms`. */
export interface Piece {
  readonly name: string
  /** What stands after the name and the colon, with the comments before it left out. */
  readonly text: string
}

export interface Declared {
  readonly names: readonly string[]
  /** With the comment above it. */
  readonly text: string
}

export interface ProgramParts {
  readonly imports: readonly string[]
  readonly declared: readonly Declared[]
  readonly reads: readonly Piece[]
  readonly terms: readonly Piece[]
  /** Other properties of the definition: name, env, about, success, combine… */
  readonly rest: readonly Piece[]
}

/** Undefined for a program that is written in a way of its own: a definition that is no plain object, other imports. */
export async function partsOf(source: string): Promise<ProgramParts | undefined> {
  const { default: compiler } = await import('typescript')
  const file = compiler.createSourceFile('reward.ts', source, compiler.ScriptTarget.ES2024, true)
  const imports: string[] = []
  const declared: Declared[] = []
  let definition: ts.ObjectLiteralExpression | undefined
  for (const statement of file.statements) {
    if (compiler.isImportDeclaration(statement)) {
      const { importClause, moduleSpecifier } = statement
      const named = importClause?.namedBindings
      const from = (moduleSpecifier as ts.StringLiteral).text
      if (named === undefined || !compiler.isNamedImports(named) || from !== 'carrot-rl') return undefined
      const type = statement.getText().startsWith('import type') ? 'type ' : ''
      imports.push(...named.elements.map(element => `${type}${element.getText()}`))
    } else if (compiler.isExportAssignment(statement)) {
      const { expression } = statement
      const [argument] = compiler.isCallExpression(expression) ? expression.arguments : []
      if (argument !== undefined && compiler.isObjectLiteralExpression(argument)) definition = argument
    } else {
      declared.push({ names: namesOf(compiler, statement), text: statement.getFullText().trim() })
    }
  }
  const pieces = definition === undefined ? undefined : piecesOf(compiler, definition)
  const object = (name: string): readonly Piece[] | undefined => {
    const property = definition?.properties.find(each => each.name?.getText() === name)
    return property !== undefined &&
      compiler.isPropertyAssignment(property) &&
      compiler.isObjectLiteralExpression(property.initializer)
      ? piecesOf(compiler, property.initializer)
      : undefined
  }
  const [reads, terms] = [object('reads'), object('terms')]
  if (pieces === undefined || reads === undefined || terms === undefined) return undefined
  const rest = pieces.filter(({ name }) => name !== 'reads' && name !== 'terms')
  return { imports, declared, reads, terms, rest }
}

/** Undefined where a property is no `name: value`. */
function piecesOf(compiler: typeof ts, { properties }: ts.ObjectLiteralExpression): Piece[] | undefined {
  const pieces: Piece[] = []
  for (const property of properties) {
    if (!compiler.isPropertyAssignment(property)) return undefined
    const { name, initializer } = property
    pieces.push({ name: name.getText().replace(/^['"]|['"]$/g, ''), text: initializer.getText() })
  }
  return pieces
}

function namesOf(compiler: typeof ts, statement: ts.Statement): string[] {
  if (compiler.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  const { name } = statement as ts.Statement & { readonly name?: ts.Node }
  return name === undefined ? [] : [name.getText()]
}

/** Whether a text uses a name, as more than the name of a property. */
export const uses = (text: string, name: string): boolean => word(name).test(text)
/** The text with one name in place of another. */
export const renamed = (text: string, from: string, to: string): string =>
  text.replace(new RegExp(word(from), 'g'), to)

const word = (name: string): RegExp => new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`)

/** A program from its parts; `npx biome format` would lay it out more finely. */
export function textOf({ imports, declared, reads, terms, rest }: ProgramParts): string {
  const property = ({ name, text }: Piece): string => `${/^[\w$]+$/.test(name) ? name : `'${name}'`}: ${text}`
  const isHead = ({ name }: Piece): boolean => ['name', 'env', 'about', 'phrases'].includes(name)
  const line = (piece: Piece): string => `  ${property(piece)},`
  return [
    `import { ${[...new Set(imports)].sort().join(', ')} } from 'carrot-rl'`,
    '',
    ...declared.flatMap(({ text }) => [text, '']),
    'export default defineReward({',
    ...rest.filter(isHead).map(line),
    '  reads: {',
    ...reads.map(piece => `    ${property(piece)},`),
    '  },',
    '  terms: {',
    ...terms.map(piece => `    ${property(piece)},`),
    '  },',
    ...rest.filter(piece => !isHead(piece)).map(line),
    '})',
    '',
  ].join('\n')
}
