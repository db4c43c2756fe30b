/** Judges the policy of a stored run, by its own program or by another. */
import { learning } from './config.ts'
import type { TrainResult } from './core/events.ts'
import { envFacts } from './envFacts.ts'
import { evaluate } from './evaluate.ts'
import { loadProgram } from './loadProgram.ts'
import { planStored } from './plan.ts'
import { type CheckpointName, storedPolicy } from './storedPolicy.ts'
import { VisionLabels, visionRequests } from './vision/visionLabels.ts'

export interface EvaluateRunOptions {
  /** Folder of runs; default CARROT_RUNS or `runs/`. */
  readonly root?: string
  /** Default 100. */
  readonly episodes?: number
  /** Program id or file that `returnMean` is of; default: the run's own, with the weights it had. */
  readonly reward?: string
  /** Whose policy; default 'last'. */
  readonly checkpoint?: CheckpointName
  /** Default: the run's. */
  readonly seed?: number
}

/** Runs whole episodes with the policy of a checkpoint. Throws CarrotError 'bad-run' when there is none. */
export async function evaluateRun(name: string, options: EvaluateRunOptions = {}): Promise<TrainResult> {
  const { run, info, snapshot } = storedPolicy(name, options.checkpoint, options.root)
  const { config, env, loaded } = await planStored(run, info)
  const own = options.reward === undefined
  const judged = own ? loaded : await loadProgram(options.reward as string, env.spec)
  const seed = options.seed ?? config.seed
  // Frames are drawn by the ray caster whatever the run took: it is there on every machine.
  const looks = visionRequests(judged.program).length > 0
  await using vision = looks ? new VisionLabels((await envFacts(env)).scene, config.workers, seed) : undefined
  const result = await evaluate({
    vision,
    choice: config,
    snapshot,
    loaded: judged,
    ...(own && { weights: info.program.weights }),
    gamma: learning(config).settings.gamma,
    episodes: options.episodes ?? 100,
    seed,
    workers: config.workers,
  })
  const starts = run.events().filter(event => event.type === 'start')
  return {
    run: run.name,
    env: env.spec.id,
    reward: { name: judged.program.name, hash: own ? info.program.hash : judged.hash },
    seed,
    device: starts.at(-1)!.device,
    steps: info.step,
    seconds: info.seconds,
    stepsPerSecond: info.step / info.seconds,
    eval: result,
  }
}
