/** Environments of a user's own: a file that defines one, and any MJCF, with everything that lies beside it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { absoluteEnv, loadEnv } from '../src/loadEnv.ts'
import { encodePng } from '../src/png.ts'
import { scoreOutput, trainOutput } from '../src/protocol/cli.ts'
import { playRandomly } from '../src/randomPlay.ts'
import { folder as cliFolder, json, start } from './cli/carrot.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-env-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** A cart with a mesh on it, in several files and folders. */
write('meshes/wedge.obj', 'v 0 0 0\nv .2 0 0\nv 0 .2 0\nv 0 0 .2\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n')
write(
  'parts/arm.xml',
  `<mujoco><worldbody><body name="cart" pos="0 0 .1">
    <joint name="rail_x" type="slide" axis="1 0 0"/>
    <geom name="wedge" type="mesh" mesh="wedge" material="wood" mass="1"/>
    <body name="pole-1" pos="0 0 .1"><joint name="tilt" type="hinge" axis="0 1 0"/>
      <geom type="capsule" size=".02" fromto="0 0 0 0 0 .4"/><site name="tip" pos="0 0 .4"/>
    </body></body>
    <body name="stone" pos="1 0 .2"><freejoint name="loose"/><geom size=".1"/></body>
  </worldbody></mujoco>`,
)
const GRAIN = Uint8Array.from({ length: 4 * 4 * 4 }, (_, i) => (i % 4 === 3 ? 255 : 10 * (i % 16)))
mkdirSync(join(folder, 'pictures'), { recursive: true })
writeFileSync(join(folder, 'pictures/grain.png'), encodePng(GRAIN, 4, 4))
const MODEL = `<mujoco>
  <compiler meshdir="meshes" texturedir="pictures" autolimits="true"/>
  <size memory="1M"/>
  <option timestep="0.005"/>
  <asset><mesh file="wedge.obj"/><texture name="grain" type="2d" file="grain.png"/><material name="wood" texture="grain"/></asset>
  <worldbody><geom name="floor" type="plane" size="5 5 .1"/></worldbody>
  <include file="parts/arm.xml"/>
  <actuator><motor name="push" joint="rail_x" ctrlrange="-2 2"/><motor joint="tilt"/></actuator>
  <keyframe><key name="leaning" qpos="0 0.3 1 0 0.2 1 0 0 0"/></keyframe>
</mujoco>`
const scene = write('scene.xml', MODEL)

describe('any MJCF', () => {
  test('gives its joints, bodies and sites as signals', async () => {
    const { spec, make } = await loadEnv({ env: scene })
    expect(spec).toMatchObject({ id: 'scene', dt: 0.02, maxSteps: 1000, defaultReward: null, success: null })
    expect(spec.action).toMatchObject({ names: ['push', 'motor1'], low: [-2, -1], high: [2, 1] })
    const units = Object.fromEntries(
      Object.entries(spec.signals).map(([name, { unit, shape }]) => [name, `${unit} ${shape.join()}`]),
    )
    expect(units).toEqual({
      railXDisplacement: 'm ',
      railXSpeed: 'm/s ',
      tiltAngle: 'rad ',
      tiltRate: 'rad/s ',
      looseOrigin: 'm 3',
      looseVelocity: 'm/s 3',
      looseOrientation: '1 4',
      looseAngularVelocity: 'rad/s 3',
      cartPosition: 'm 3',
      pole1Position: 'm 3',
      stonePosition: 'm 3',
      tipPosition: 'm 3',
    })
    using env = await make(1)
    expect(env.obs.length).toBe(2 + 7 + 2 + 6)
    const wedge = env.scene.geoms.find(({ name }) => name === 'wedge')
    expect(wedge).toMatchObject({ type: 'mesh' })
    expect(env.scene.textures?.some(({ width, height }) => width === 4 && height === 4)).toBe(true)
    expect(env.keyframes.map(({ name }) => name)).toEqual(['leaning'])
    // From the keyframe, but for the noise.
    expect(Math.abs(env.getPose(0).qpos[1] - 0.3)).toBeLessThan(0.011)
    const columns = await playRandomly(
      { ...(await loadEnv({ env: scene })) },
      { rows: 2, steps: 50, seed: 1 },
    )
    expect(columns.signals.every(Number.isFinite)).toBe(true)
  })

  test('takes options', async () => {
    const { spec } = await loadEnv({ env: scene, envOptions: { frameSkip: 2, maxSteps: 7 } })
    expect(spec).toMatchObject({ dt: 0.01, maxSteps: 7, options: { frameSkip: 2, resetNoise: 0.01 } })
    await expect(loadEnv({ env: scene, envOptions: { frameskip: 2 } })).rejects.toThrow(
      /no option 'frameskip'/,
    )
  })

  test('says what is missing, where', async () => {
    const refused = async (name: string, text: string) =>
      (await loadEnv({ env: write(name, text) }).catch(error => error)) as {
        code: string
        message: string
        hint: string
        at: object
      }
    const missing = await refused('missing.xml', MODEL.replace('wedge.obj', 'wegde.obj'))
    expect(missing).toMatchObject({ code: 'bad-file', at: { file: 'missing.xml', line: 5 } })
    expect(missing.message).toMatch(/mesh names 'wegde.obj'/)
    expect(missing.hint).toContain('meshes/wegde.obj')
    const misspelt = await refused('misspelt.xml', MODEL.replace('"push" joint', '"push" jiont'))
    expect(misspelt).toMatchObject({ code: 'bad-model', at: { file: 'misspelt.xml', line: 8 } })
    const idle = await refused('idle.xml', MODEL.replace(/<actuator>.*<\/actuator>/, ''))
    expect(idle.message).toMatch(/no actuators/)
    await expect(loadEnv({ env: join(folder, 'none.xml') })).rejects.toThrow(/no file/)
  })
})

const DEFINITION = `import { bodyPosition, defineEnv, flagOf, slice } from 'carrot-rl'
export default defineEnv(
  { push: { default: 2, about: 'Force at most.' } },
  ({ push }) => ({
    id: 'my-cart',
    version: 1,
    about: 'A cart that is to go right.',
    mjcf: new URL('./scene.xml', import.meta.url),
    dt: 0.02,
    frameSkip: 4,
    maxSteps: 60,
    defaultReward: null,
    success: { signal: 'right', over: 'ever' as const },
    action: { names: ['push'], low: [-push], high: [push], unit: 'N' as const },
    obs: { place: { shape: [], unit: 'm', about: 'Along the rail.', read: slice('qpos', 0) },
           speed: { shape: [], unit: 'm/s', about: 'Along the rail.', read: slice('qvel', 0) } },
    signals: { cart: { shape: [3], unit: 'm', frame: 'world', about: 'The cart.', read: bodyPosition('cart') },
               right: { shape: [], unit: 'bool', about: 'It is far right.', read: flagOf(({ qpos }) => qpos[0] > 0.2) } },
    start({ qpos }, rng) { qpos[0] = rng.range(-0.1, 0.1) },
    act({ ctrl }, action, at) { ctrl[0] = action[at] },
    isTerminal: () => false,
  }),
)
`
const REWARD = `import { defineReward, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'go-right', env: 'my-cart', about: 'Go right.', reads: { cart: vec3('m', 'world') },
  terms: { right: { weight: 1, value: s => s.cart.x } },
})
`

describe("a user's environment", () => {
  const env = write('myCart.ts', DEFINITION)
  const reward = write('goRight.ts', REWARD)

  test('keeps its path from wherever it is called', () => {
    expect(absoluteEnv('hopper')).toBe('hopper')
    expect(absoluteEnv('a/b.ts')).toBe(join(process.cwd(), 'a/b.ts'))
    expect(absoluteEnv('a/b.xml')).toBe(join(process.cwd(), 'a/b.xml'))
  })

  test('trains in worker threads, is judged by its criterion, and scored again', async () => {
    const result = await json(
      trainOutput,
      'train',
      '--env',
      env,
      '--env-option',
      'push=3',
      '--reward',
      reward,
      ...[
        '--steps',
        '512',
        '--batch',
        '256',
        '--minibatches',
        '4',
        '--envs',
        '4',
        '--workers',
        '2',
        '--no-view',
      ],
    )
    expect(result).toMatchObject({ env: 'my-cart', eval: { nativeReturnMean: null } })
    const { run } = result as { run: string }
    const scored = await json(scoreOutput, 'score', run)
    expect(scored).toBeDefined()
    expect(cliFolder).not.toBe(folder)
  })

  test('says what is wrong with it', async () => {
    const refused = async (name: string, text: string) => {
      const { code, stderr } = await start('train', '--env', write(name, text), '--no-view').ended
      expect(code).toBe(1)
      return stderr
    }
    expect(await refused('nothing.ts', 'export default 3\n')).toMatch(/nothing.ts: It gives no environment/)
    expect(await refused('broken.ts', DEFINITION.replace("'right', over", "'wrong', over"))).toMatch(
      /success criterion of my-cart is 'wrong'/,
    )
    const stray = await refused('stray.ts', `import { nothingLikeThis } from 'carrot-rl'\n${DEFINITION}`)
    expect(stray).toMatch(/stray.ts.*nothingLikeThis/)
    const { code, stderr } = await start('train', scene, '--env', env, '--no-view').ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/Two environments are named/)
    const unpaid = await start('train', '--mjcf', scene, '--no-view').ended
    expect(unpaid.code).toBe(1)
    expect(unpaid.stderr).toMatch(/comes without a reward program/)
  })
})
