/** Everything a run consists of, put together; what has a past gets it back. */
import { ActorPool } from './actorPool.ts'
import { checkArchitecture, loadParts, type Parts } from './checkpoint.ts'
import { horizonOf, learning, type TrainConfig } from './config.ts'
import { CarrotError } from './core/errors.ts'
import type { SceneSpec } from './core/scene.ts'
import { batchShape, envFacts } from './envFacts.ts'
import { chooseExecutor } from './executors.ts'
import { policySpec } from './learn/algorithms.ts'
import type { LearnBatch } from './learn/learner.ts'
import { LiveProgram } from './liveProgram.ts'
import { answerText } from './llm/answers.ts'
import { offlineData } from './offlineData.ts'
import { EpisodeRecorder, EpisodeStats } from './pipeline/episodes.ts'
import type { Plan } from './plan.ts'
import { createRun, type RunStore, resumeRun } from './store/index.ts'
import { rowsNeeded, VisionLabels } from './vision/visionLabels.ts'
import { WorkerLearner } from './workerLearner.ts'

export interface Machine extends Parts {
  readonly scene: SceneSpec
  readonly store: RunStore
  readonly program: LiveProgram
  readonly recorder: EpisodeRecorder
  readonly vision: VisionLabels
  /** The executor that learns. */
  readonly device: string
  readonly notes: readonly string[]
  /** Number of the first rollout, and of the one after the last. */
  readonly from: number
  readonly iterations: number
}

/** Batches in memory: one in use, and two that a slow reader of the pipeline may still hold. */
const BUFFERS = 3
/** Recorded episodes over a run, when the configuration does not say how often. */
const RECORDINGS = 120
/** At most so many a batch, then: a short run would record everything, faster than the disk keeps it. */
const BATCH_RECORDINGS = 4

/** Throws CarrotError when the program does not fit, the device is missing, or the run's folder cannot be written. */
export async function assemble(plan: Plan, onWarning: (message: string) => void): Promise<Machine> {
  const { config, env, loaded, resumed } = plan
  const { seed } = config
  const chosen = learning(config)
  const { gamma, batch } = chosen.settings
  const facts = await envFacts(env)
  const rows = config.envs
  const weights = resumed?.info.program.weights ?? config.weights
  const program = await LiveProgram.create(loaded, env.spec, { rows, gamma, weights })
  const R = Math.max(1, rowsNeeded(loaded.program, rows))
  const shape = batchShape(env, facts, { T: horizonOf(config), N: rows, R })
  const policy = policySpec(chosen, shape.O, env.spec)
  const executor = await chooseExecutor(config.device, chosen, policy)
  if (resumed !== undefined) checkArchitecture(resumed.info, config.algorithm, policy)
  const offline = resumed === undefined ? await offlineOf(plan, program) : undefined
  const vision = await openVision(plan, facts.scene)
  const store = openStore(plan, program, facts.scene, onWarning)
  const iterations = Math.ceil(config.steps / batch)
  const pool = new ActorPool({ env: config, seed, shape, workers: config.workers, buffers: BUFFERS })
  let learner: WorkerLearner | undefined
  try {
    const setup = {
      spec: policy,
      chosen,
      seed,
      iterations,
      executor: executor.name,
      threads: learnerThreads(config),
      offline,
    }
    learner = await WorkerLearner.create(setup, pool, onWarning)
    const stats = new EpisodeStats(rows)
    const recorder = new EpisodeRecorder({
      spec: env.spec,
      gamma,
      every: config.recordEvery ?? Math.ceil(Math.max(config.steps / RECORDINGS, batch / BATCH_RECORDINGS)),
      firstId: nextId(plan),
      from: resumed?.info.step ?? 0,
    })
    const parts = { learner, pool, scorer: program.scorer, stats, vision }
    if (resumed !== undefined) await loadParts(parts, resumed.tensors)
    const notes = [...plan.notes, `Learning runs on ${executor.reason}.`]
    if (config.lag > 0) {
      notes.push(
        `Environments run up to ${config.lag} rollouts ahead of learning (--lag): this run is not reproducible.`,
      )
    }
    if ('learningStarts' in chosen.settings && chosen.settings.learningStarts >= iterations * batch) {
      const { learningStarts } = chosen.settings
      notes.push(`Nothing is learned: the first ${learningStarts} steps are random (--learning-starts).`)
    }
    const from = resumed?.info.sequence ?? 0
    return {
      ...parts,
      scene: facts.scene,
      store,
      program,
      recorder,
      device: executor.name,
      notes,
      from,
      iterations,
    }
  } catch (error) {
    await learner?.[Symbol.asyncDispose]()
    await vision[Symbol.asyncDispose]()
    await pool[Symbol.asyncDispose]()
    await program[Symbol.asyncDispose]()
    await store.close()
    throw error
  }
}

/** More than this many threads only wait for each other, with networks of this size. */
const MOST_THREADS = 4

/** While learning waits for rollouts, its cores are free for it. */
const learnerThreads = ({ lag, workers }: TrainConfig): number =>
  lag > 0 ? 1 : Math.min(MOST_THREADS, workers)

/** Data to learn from besides; a resumed run has it in its checkpoint. */
async function offlineOf(
  { config, env, loaded, root }: Plan,
  program: LiveProgram,
): Promise<LearnBatch | undefined> {
  const { algorithm, settings } = learning(config)
  if (algorithm === 'ppo') return undefined
  const { offlineData: runs, offlineSteps, gamma } = settings
  if (runs.length > 0) {
    return offlineData({ runs, root, env: env.spec, loaded, weights: program.scorer.weights, gamma })
  }
  if (offlineSteps === 0) return undefined
  throw new CarrotError(
    'bad-argument',
    `${algorithm} is to make ${offlineSteps} gradient steps on data there was before, and none is given.`,
    'Name runs with recorded episodes: --offline-data <run>; or set --offline-steps 0.',
  )
}

/** Throws CarrotError where the program asks for a model or a camera that is not there: now, and not in the first batch. */
async function openVision({ config, loaded }: Plan, scene: SceneSpec): Promise<VisionLabels> {
  const vision = new VisionLabels(scene, config.workers, config.seed, config.renderer)
  try {
    await vision.sources(loaded.program)
    return vision
  } catch (error) {
    await vision[Symbol.asyncDispose]()
    throw error
  }
}

function openStore(
  { config, env, loaded, root, resumed, answers = [], history = [] }: Plan,
  program: LiveProgram,
  scene: SceneSpec,
  onWarning: (message: string) => void,
): RunStore {
  const options = { root, maxEpisodeBytes: config.maxEpisodeBytes, onWarning }
  if (resumed !== undefined) return resumeRun(resumed.run.folder, options)
  const { seed } = config
  const { gamma } = learning(config).settings
  const about = { config, env: env.spec, scene, program: program.info, loaded, seed, gamma }
  const kept = Object.fromEntries(answers.map(answer => [answer.hash, answerText(answer)]))
  return createRun({ ...options, ...about, answers: kept, history })
}

/** One more than any recording of the run so far. */
function nextId({ resumed }: Plan): number {
  const ids = resumed?.run.episodes().map(({ id }) => Number.parseInt(id.slice(1), 10)) ?? []
  return 1 + Math.max(0, ...ids)
}
