/** Makes dist/, what is published: compiled code with its types, models, peers of benchmarks, and the built page. `npm pack` runs it. */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensurePage } from '../server/page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const compiler = join(root, 'node_modules/typescript-native/bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.dist.json'], {
  cwd: root,
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)
for (const file of globSync(
  [
    'envs/**/*.{xml,yaml,png}',
    'src/models/*/**/*.{json,onnx,safetensors}',
    'src/llm/**/*.{md,yaml}',
    'bench/peers/*.py',
  ],
  { cwd: root },
))
  cpSync(join(root, file), join(dist, file))
cpSync(await ensurePage(), join(dist, 'viewer'), { recursive: true })
