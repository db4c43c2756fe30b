/** Who may import whom: the boundaries that keep rewards and environments loadable in a page, and the core free of I/O. */
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { blankComments, blankLiterals } from '../src/sourceText.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Rule {
  /** Folders a file of this part may import from besides its own. */
  readonly parts: readonly string[]
  /** Packages; 'node' stands for all of Node's own modules. */
  readonly packages: readonly string[]
}

/** By folder. What is not listed may import everything. */
const RULES: Readonly<Record<string, Rule>> = {
  'src/core': { parts: [], packages: [] },
  'src/protocol': { parts: ['src/core'], packages: ['zod'] },
  'src/render': { parts: ['src/core'], packages: ['three'] },
  'src/graph': { parts: ['src/core'], packages: ['onnxruntime-common', 'onnxruntime-node'] },
  'src/graph/kernels': { parts: ['src/core', 'src/build'], packages: ['node'] },
  'src/render/kernels': { parts: ['src/build'], packages: ['node'] },
  'src/sim': { parts: ['src/core'], packages: ['@mujoco/mujoco'] },
  // The node folder apart, a sandbox runs in pages too.
  'src/sandbox': { parts: ['src/core', 'rewards'], packages: ['acorn', 'ses'] },
  'src/sandbox/node': { parts: ['src', 'rewards', 'envs'], packages: ['node'] },
  'src/store': { parts: ['src/core'], packages: ['node', 'yaml'] },
  'src/learn': { parts: ['src/core', 'src/graph'], packages: [] },
  'src/pipeline': { parts: ['src/core'], packages: ['rxjs'] },
  rewards: { parts: ['src/core'], packages: [] },
  envs: { parts: ['src/core', 'src/sim'], packages: [] },
  viewer: {
    parts: [
      'src/core',
      'src/protocol',
      'src/render',
      'src/graph',
      'src/learn',
      'src/sim',
      'src/sandbox',
      'rewards',
      'envs',
    ],
    packages: ['rxjs', 'three', 'lit', 'vite'],
  },
}

/** Where streams are used; elsewhere a file takes and gives plain values. */
const STREAMS = [
  'src/pipeline/',
  'src/server/',
  'src/train.ts',
  'src/liveRun.ts',
  'src/faults.ts',
  'viewer/',
  'test/',
  'bench/',
  'examples/',
]

interface Edge {
  readonly from: string
  readonly line: number
  readonly specifier: string
  /** File below the root, for what is ours. */
  readonly to?: string
}

const IMPORT =
  /(?:^|[;{}\n])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|(?:^|[;{}\n])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*(?:\/\*.*?\*\/\s*)?['"]([^'"]+)['"]/g

function edgesOf(file: string): Edge[] {
  const text = readFileSync(join(root, file), 'utf8')
  const code = blankComments(text)
  // Tests write programs as text; what these import is not imported here.
  const bare = blankLiterals(text)
  const isCode = ({ 0: found, index }: RegExpExecArray) =>
    /import|export/.test(bare.slice(index, index + found.length))
  return [...code.matchAll(IMPORT)].filter(isCode).map(match => {
    const specifier = match[1] ?? match[2] ?? match[3]
    const line = code.slice(0, match.index + match[0].length).split('\n').length
    const to = specifier.startsWith('.') ? posix.join(dirname(file), specifier.split('?')[0]) : undefined
    return { from: file, line, specifier, to }
  })
}

const files = globSync('{src,envs,rewards,viewer,bench,examples,test}/**/*.ts', { cwd: root })
  .map(file => file.replaceAll('\\', '/'))
  .sort()
const graph = new Map(files.map(file => [file, edgesOf(file)]))
const edges = [...graph.values()].flat()

/** The most particular folder with a rule. */
const partOf = (file: string): string | undefined =>
  Object.keys(RULES)
    .filter(part => file.startsWith(`${part}/`))
    .sort((a, b) => b.length - a.length)[0]

/** 'rxjs' of 'rxjs/operators', '@a/b' of '@a/b/c', 'node' of what Node brings. */
function packageOf(specifier: string): string {
  if (isBuiltin(specifier)) return 'node'
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isAllowed({ from, to, specifier }: Edge): boolean {
  const part = partOf(from)
  if (part === undefined) return true
  const { parts, packages } = RULES[part]
  if (to === undefined) return packages.includes(packageOf(specifier))
  return [part, ...parts].some(folder => to.startsWith(`${folder}/`))
}

const describe = ({ from, line, specifier }: Edge): string => `${from}:${line} imports ${specifier}`

test('the imports of every file are seen', () => {
  const of = (file: string) => graph.get(file)?.map(edge => edge.to ?? edge.specifier)
  expect(of('src/core/episode.ts')).toContain('src/core/safetensors.ts')
  expect(of('src/core/batch.ts')).toEqual(['src/core/env.ts', 'src/core/errors.ts', 'src/core/scene.ts'])
  expect(of('src/train.ts')).toContain('rxjs')
  // In one line, in several, of types, and while running.
  expect(of('src/server/page.ts')).toContain('vite')
  expect(of('src/machine.ts')).toEqual(expect.arrayContaining(['src/core/scene.ts', 'src/store/index.ts']))
  expect(edges.filter(({ to }) => to?.endsWith('.ts') && !graph.has(to)).map(describe)).toEqual([])
})

test('each part imports only what it may', () => {
  expect(edges.filter(edge => !isAllowed(edge)).map(describe)).toEqual([])
})

test('the rules refuse what they are there for', () => {
  const edge = (from: string, specifier: string, to?: string): Edge => ({ from, line: 1, specifier, to })
  expect(isAllowed(edge('src/core/rng.ts', 'node:crypto'))).toBe(false)
  expect(isAllowed(edge('rewards/define.ts', 'rxjs'))).toBe(false)
  expect(isAllowed(edge('rewards/define.ts', '../src/sim/mujoco.ts', 'src/sim/mujoco.ts'))).toBe(false)
  expect(isAllowed(edge('viewer/state.ts', '../src/store/log.ts', 'src/store/log.ts'))).toBe(false)
  expect(isAllowed(edge('viewer/state.ts', 'three/addons/a.js'))).toBe(true)
})

test('streams stay where they belong', () => {
  const streaming = edges.filter(({ specifier }) => packageOf(specifier) === 'rxjs')
  expect(
    streaming.filter(({ from }) => !STREAMS.some(place => from.startsWith(place))).map(describe),
  ).toEqual([])
})

test('what ships does not import tests, benchmarks or examples', () => {
  const inward = edges.filter(
    ({ from, to }) => /^(src|envs|rewards|viewer)\//.test(from) && /^(test|bench|examples)\//.test(to ?? ''),
  )
  expect(inward.map(describe)).toEqual([])
})

test('no file imports itself, however long the way', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      circles.push([...way.slice(way.indexOf(file)), file].join(' → '))
      return
    }
    if (done.has(file)) return
    for (const { to } of graph.get(file) ?? []) if (to !== undefined) visit(to, [...way, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})
