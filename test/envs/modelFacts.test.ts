/**
 * The compiled models against those of Gymnasium: every physical column, the solver's options, and the dynamics at the
 * initial pose. Where there is no recording of an environment, this is what shows that it is the same robot.
 */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { readModel } from '../../src/sim/modelFiles.ts'
import { compileModel, loadMujoco, type MjData, type MjModel } from '../../src/sim/mujoco.ts'
import { ModelNames } from '../../src/sim/views.ts'
import { readGolden } from '../fixtures/golden.ts'

type Column = (number | boolean | number[])[]
interface Facts {
  env_facts: Record<string, number> & { action_low: number[]; action_high: number[] }
  init_qpos: number[]
  sizes: Record<string, number>
  opt: Record<string, unknown>
  stat: { meaninertia: number; meanmass: number }
  names: { geom: string[] }
  model: Record<string, Column>
  at_init: Record<string, number | Column>
}

const MODELS = [
  ['inverted-pendulum', 'InvertedPendulum-v5', 'invertedPendulum/invertedPendulum'],
  ['hopper', 'Hopper-v5', 'hopper/hopper'],
  ['half-cheetah', 'HalfCheetah-v5', 'halfCheetah/halfCheetah'],
  ['ant', 'Ant-v5', 'ant/ant'],
  ['humanoid', 'Humanoid-v5', 'humanoid/humanoid'],
  ['humanoid-standup', 'HumanoidStandup-v5', 'humanoid/humanoidStandup'],
  ['inverted-double-pendulum', 'InvertedDoublePendulum-v5', 'invertedDoublePendulum/invertedDoublePendulum'],
  ['pusher', 'Pusher-v5', 'pusher/pusher'],
  ['reacher', 'Reacher-v5', 'reacher/reacher'],
  ['swimmer', 'Swimmer-v5', 'swimmer/swimmer'],
  ['walker2d', 'Walker2d-v5', 'walker2d/walker2d'],
] as const

/** Looks and keyframes, and indices that shift when a camera, light or floor is added for them. */
const LOOKS = /^(cam|light|mat|tex|key)_|_(rgba|matid)$|^body_geom(adr|num)$/
/** Relative; numbers below a millionth of their unit count as nothing. */
const TOLERANCE = 1e-9
const NOTHING = 1e-6

for (const [id, recorded, file] of MODELS) {
  test(`${id} is the robot of ${recorded}`, async () => {
    const facts = readGolden<Facts>(`${recorded}.model`)
    const mujoco = await loadMujoco()
    const { bindings } = mujoco
    const url = new URL(`../../envs/${file}.xml`, import.meta.url)
    const model = compileModel(mujoco, await readModel(url))
    const data = new bindings.MjData(model)
    bindings.mj_forward(model, data)

    // A floor that nothing touches is ours where theirs has none.
    const geoms = new ModelNames(model).lists.geom.flatMap((name, i) =>
      name === 'floor' && !facts.names.geom.includes('floor') ? [] : [i],
    )
    expect(geoms.length).toBe(facts.sizes.ngeom)

    const ours = (owner: object, name: string, theirs: Column): number[] => {
      const array = Array.from((owner as Record<string, ArrayLike<number>>)[name])
      if (!name.startsWith('geom_')) return array
      const width = theirs.flat().length / theirs.length
      return geoms.flatMap(i => array.slice(i * width, i * width + width))
    }
    let compared = 0
    for (const [name, theirs] of Object.entries(facts.model)) {
      if (LOOKS.test(name)) continue
      expect(error(ours(model, name, theirs), theirs), `model.${name}`).toBeLessThanOrEqual(TOLERANCE)
      compared++
    }
    expect(compared).toBeGreaterThan(90)

    for (const size of ['nq', 'nv', 'nu', 'na', 'nbody', 'njnt', 'ntendon', 'neq', 'npair', 'nexclude']) {
      expect((model as unknown as Record<string, number>)[size], size).toBe(facts.sizes[size])
    }
    // Sites have no mass and touch nothing; ours may mark more places.
    expect(model.nsite).toBeGreaterThanOrEqual(facts.sizes.nsite)
    for (const [name, theirs] of Object.entries(facts.opt)) {
      if (name.endsWith('_name') || name.endsWith('_names')) continue
      const option = (model.opt as unknown as Record<string, number | number[]>)[name]
      const column = [theirs].flat() as number[]
      const values = typeof option === 'number' ? [option] : Array.from(option)
      expect(error(values, column), `opt.${name}`).toBeLessThanOrEqual(TOLERANCE)
    }
    expect(
      error([model.stat.meaninertia, model.stat.meanmass], [facts.stat.meaninertia, facts.stat.meanmass]),
    ).toBeLessThanOrEqual(TOLERANCE)
    for (const [name, theirs] of Object.entries(dynamicsOf(facts))) {
      expect(error(ours(data, name, theirs), theirs), `data.${name}`).toBeLessThanOrEqual(TOLERANCE)
    }
    expect(error(massMatrix(bindings, model, data), facts.at_init.mass_matrix as Column)).toBeLessThanOrEqual(
      TOLERANCE,
    )
    data.delete()
    model.delete()
  })

  test(`${id} runs by the clock of ${recorded}`, async () => {
    const { env_facts: facts, init_qpos } = readGolden<Facts>(`${recorded}.model`)
    const { spec, make } = envById(id)
    expect(spec.dt).toBe(facts.dt)
    expect(spec.maxSteps).toBe(facts.max_episode_steps)
    expect(spec.action.low).toEqual(facts.action_low)
    expect(spec.action.high).toEqual(facts.action_high)
    expect(layoutOf(spec.obs).width).toBe(facts.obs_size)
    using env = await make(1)
    expect(env.getPose(0).qpos.length).toBe(init_qpos.length)
  })
}

/** Recorded columns of the simulation at the initial pose, by MuJoCo's name. */
function dynamicsOf({ at_init }: Facts): Record<string, Column> {
  const { xpos, xquat, geom_xpos, qfrc_bias, qacc_unforced } = at_init as Record<string, Column>
  return { xpos, xquat, geom_xpos, qfrc_bias, qacc: qacc_unforced }
}

function massMatrix(
  bindings: Awaited<ReturnType<typeof loadMujoco>>['bindings'],
  model: MjModel,
  data: MjData,
): number[] {
  const buffer = new bindings.DoubleBuffer(model.nv * model.nv)
  bindings.mj_fullM(model, data, buffer)
  const matrix = Array.from(buffer.GetView() as Float64Array)
  buffer.delete()
  return matrix
}

/** Largest difference relative to theirs. */
function error(ours: readonly number[], theirs: Column): number {
  const flat = theirs.flat().map(Number)
  if (ours.length !== flat.length) return Infinity
  return Math.max(0, ...flat.map((x, i) => Math.abs(ours[i] - x) / Math.max(NOTHING, Math.abs(x))))
}
