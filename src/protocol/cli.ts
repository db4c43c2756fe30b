/** What every verb prints under `--json`: one object, the last line of standard output. A contract: tests hold verbs to it. */
import { z } from 'zod'

const count = z.int().nonnegative()
/** SHA-256 of a program's source, hex. */
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const reward = z.strictObject({ name: z.string(), hash })

/** Any verb that fails on something its user can mend (exit 1), or unexpectedly (exit 70). */
export const failureOutput = z.strictObject({
  error: z.strictObject({
    /** An `ErrorCode`, or 'unexpected'. */
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    at: z
      .strictObject({ file: z.string().optional(), line: z.int().optional(), column: z.int().optional() })
      .optional(),
  }),
})

/** `train` and `eval`. */
export const trainOutput = z.strictObject({
  run: z.string(),
  env: z.string(),
  reward,
  seed: count,
  device: z.string(),
  /** Environment steps the policy was trained for. */
  steps: count,
  /** Wall-clock time of training. */
  seconds: z.number(),
  stepsPerSecond: z.number(),
  eval: z.strictObject({
    episodes: count,
    /** Under the run's own program, or the one of `eval --reward`. */
    returnMean: z.number(),
    returnStd: z.number(),
    /** Under the environment's published reward. */
    /** Null where the environment is published with no reward. */
    nativeReturnMean: z.number().nullable(),
    /** 0…1 */
    successRate: z.number().nullable(),
  }),
})

/** `train` that was stopped before its last step. */
export const stoppedOutput = z.strictObject({
  run: z.string(),
  /** Environment steps done and in the checkpoint. */
  steps: count,
  /** The command that goes on from there. */
  resume: z.string(),
})

/** `watch`, once the page is served. */
export const watchOutput = z.strictObject({ run: z.string(), url: z.url() })

const field = z.strictObject({
  name: z.string(),
  shape: z.array(count),
  unit: z.string(),
  frame: z.string().optional(),
  about: z.string().optional(),
})

export const envsOutput = z.strictObject({
  envs: z.array(
    z.strictObject({
      id: z.string(),
      version: count,
      about: z.string(),
      obs: z.array(field),
      action: z.strictObject({
        names: z.array(z.string()),
        low: z.array(z.number()),
        high: z.array(z.number()),
        unit: z.string(),
        /** Of discrete actions: all there are. */
        choices: z.array(z.array(z.number())).optional(),
      }),
      signals: z.array(field),
      /** Control period, s. */
      dt: z.number(),
      /** Control steps an episode may take. */
      maxSteps: count,
      /** Id of the reward program that is trained on when none is named. */
      defaultReward: z.string().nullable(),
      success: z
        .strictObject({ signal: z.string(), over: z.union([z.enum(['last', 'ever']), z.number()]) })
        .nullable(),
      /** What explorers may tell its episodes apart by: a signal after the last step, and its range. */
      descriptor: z
        .strictObject({ signal: z.string(), low: z.array(z.number()), high: z.array(z.number()) })
        .nullable(),
      /** A hand-written policy that solves it comes with it. */
      expert: z.boolean(),
      options: z.array(
        z.strictObject({
          name: z.string(),
          default: z.union([z.number(), z.boolean(), z.string()]),
          about: z.string(),
          unit: z.string().optional(),
          choices: z.array(z.string()).optional(),
        }),
      ),
    }),
  ),
})

/** With --abstraction: the declaration file that programs for it are checked against. */
export const abstractionOutput = z.strictObject({ env: z.string(), abstraction: z.string() })

export const rewardsOutput = z.strictObject({
  rewards: z.array(
    z.strictObject({
      id: z.string(),
      env: z.string().nullable(),
      about: z.string(),
      reads: z.array(field),
      terms: z.array(z.strictObject({ name: z.string(), kind: z.string(), weight: z.number() })),
      /** It has a success criterion of its own. */
      judged: z.boolean(),
    }),
  ),
})

export const runsOutput = z.strictObject({
  runs: z.array(
    z.strictObject({
      name: z.string(),
      folder: z.string(),
      env: z.string(),
      reward: z.string(),
      seed: count,
      createdAt: z.iso.datetime(),
      /** Environment steps done, and planned. */
      step: count,
      steps: count,
      /** A process is recording it now. */
      live: z.boolean(),
      eval: trainOutput.shape.eval.optional(),
    }),
  ),
})

export const checkEnvOutput = z.strictObject({
  env: z.string(),
  /** Random steps it was played for. */
  steps: count,
  checks: z.array(
    z.strictObject({
      name: z.string(),
      about: z.string(),
      kind: z.enum(['must', 'advice']),
      faults: z.array(z.string()),
    }),
  ),
  ok: z.boolean(),
})

/** With --golden. */
export const goldenOutput = z.strictObject({
  env: z.string(),
  kind: z.string(),
  comparedSteps: count,
  tolerance: z.number(),
  obsMaxRel: z.number(),
  rewardMaxRel: z.number(),
  infoMaxRel: z.record(z.string(), z.number()),
  flagsEqual: z.boolean(),
  ok: z.boolean(),
})

const term = z.strictObject({
  name: z.string(),
  weight: z.number(),
  /** Of the raw term, before its weight. */
  mean: z.number(),
  std: z.number(),
  /** Fraction of the weighted total's variance. */
  share: z.number(),
})

const remark = z.strictObject({
  message: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
  /** Of untrusted programs: 'hang', 'memory', 'escape' and so on. */
  kind: z.string().optional(),
})

export const checkOutput = z.strictObject({
  ok: z.boolean(),
  errors: z.array(remark),
  /** What it pays for looks wrong; it can be trained on all the same. */
  advice: z.array(remark),
  /** On random play. */
  terms: z.array(term),
  /** What it pays policies that need no learning. */
  policies: z.array(
    z.strictObject({
      policy: z.enum(['random', 'zero', 'expert']),
      /** Whole ones. */
      episodes: count,
      returnMean: z.number().nullable(),
      successRate: z.number().nullable(),
    }),
  ),
})

const scored = z.strictObject({
  ...reward.shape,
  /** Mean over the episodes of the sum of rewards. */
  returnMean: z.number(),
  returnStd: z.number(),
  terms: z.array(term),
})

export const scoreOutput = z.strictObject({
  run: z.string(),
  env: z.string(),
  /** Recorded episodes scored. */
  episodes: count,
  /** The run's own program with the weights it had last. */
  before: scored,
  /** The program and the weights asked about. */
  after: scored,
  /** Of the episodes recorded under `before`, those whose recorded rewards the program reproduces to the bit. */
  reproduced: z.strictObject({ episodes: count, identical: count }),
  returns: z.array(z.strictObject({ id: z.string(), atStep: count, before: z.number(), after: z.number() })),
})

export const benchOutput = z.strictObject({
  bench: z.string(),
  results: z.array(
    z.strictObject({
      case: z.string(),
      value: z.number(),
      unit: z.string(),
      /** `value` in terms of `against`, measured in the same run. */
      ratio: z.number().nullable(),
      against: z.string().nullable(),
    }),
  ),
})

/** `models list`. */
export const modelsOutput = z.strictObject({
  /** Folder of fetched models. */
  root: z.string(),
  models: z.array(
    z.strictObject({
      id: z.string(),
      folder: z.string(),
      family: z.string().nullable(),
      /** Pixels of a side. */
      imageSize: count.nullable(),
      precision: z.string().nullable(),
      /** Words it knows; null where it may be asked anything. */
      words: count.nullable(),
      /** Why it cannot be used. */
      problem: z.string().nullable(),
    }),
  ),
})

/** `models pull`. */
export const pulledOutput = z.strictObject({
  id: z.string(),
  folder: z.string(),
  /** Commit. */
  revision: z.string(),
  bytes: count,
  files: z.array(z.string()),
})

export const benchesOutput = z.strictObject({ benches: z.array(z.string()) })

export const doctorOutput = z.strictObject({
  node: z.strictObject({
    version: z.string(),
    path: z.string(),
    /** 'linux-x64' and the like. */
    platform: z.string(),
    /** Hardware threads. */
    threads: count,
    /** New enough to run carrot. */
    ok: z.boolean(),
  }),
  executors: z.array(
    z.strictObject({
      name: z.enum(['wasm', 'onnx-cpu']),
      available: z.boolean(),
      version: z.string().nullable(),
      /** What it is good for, or why it is not there. */
      reason: z.string(),
    }),
  ),
  adapters: z.array(
    z.strictObject({
      api: z.enum(['webgpu', 'cuda']),
      /** Name of the device, where it is known. */
      name: z.string().nullable(),
      /** A computation ran on it and gave the right answer. */
      works: z.boolean(),
      /** carrot can learn on it. */
      used: z.boolean(),
      reason: z.string(),
    }),
  ),
})

export const exportOutput = z.strictObject({
  run: z.string(),
  env: z.string(),
  /** Environment steps the policy was trained for. */
  step: count,
  file: z.string(),
  /** Of input 'obs' [rows, obsSize] and output 'action' [rows, actionSize]. */
  obsSize: count,
  actionSize: count,
  /** The range that actions stay in. */
  low: z.array(z.number()),
  high: z.array(z.number()),
})

/** Estimate, and a 95 % bootstrap interval over seeds. */
const interval = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() })

/** `report`, and `train` with --seeds or --sweep. */
export const reportOutput = z.strictObject({
  env: z.string(),
  /** Name of the reward program. */
  reward: z.string(),
  /** Where the report is kept. */
  folder: z.string(),
  /** The learning curves as SVG, and as PNG. */
  curves: z.string(),
  picture: z.string(),
  cells: z.array(
    z.strictObject({
      /** Settings in which it differs from the others; '' when there is one cell. */
      name: z.string(),
      /** Mean return of every run's evaluation at the end. */
      runs: z.array(z.strictObject({ run: z.string(), seed: count, return: z.number() })),
      /** Names of runs that have not gone to their end. */
      unfinished: z.array(z.string()),
      /** Interquartile means over the runs; null where there is none. */
      return: interval.nullable(),
      success: interval.nullable(),
    }),
  ),
})

/** `eval vlm` */
export const evalVlmOutput = z.strictObject({
  env: z.string(),
  baseline: z.string().nullable(),
  /** States that rewards are compared on, and the seed they come from. */
  states: count,
  seed: count,
  folder: z.string(),
  prompts: z.array(
    z.strictObject({
      /** Id or folder; 'untrained' is the embedded network with random weights. */
      model: z.string(),
      prompt: z.string(),
      /** Signal that is the truth, and the share of the states in which it holds. */
      judge: z.string(),
      base: z.number(),
      /** Words the model was not made for. */
      unknownWords: z.array(z.string()),
      /** Of the reward with the truth; EPIC with a 95 % bootstrap interval over the states. */
      alphas: z.array(z.strictObject({ alpha: z.number(), pearson: z.number(), epic: interval })),
      /** Null where no pose with a name is the goal. */
      contrast: z
        .strictObject({
          /** The goal's pose and its reward, against near misses'. */
          goal: z.string(),
          reward: z.number(),
          misses: z.array(z.strictObject({ pose: z.string(), reward: z.number(), below: z.boolean() })),
          /** Of the goal's frame to its own text, against the other prompts. */
          similarity: z.number(),
          prompts: z.array(z.strictObject({ text: z.string(), similarity: z.number(), below: z.boolean() })),
        })
        .nullable(),
      /** Correlation of the reward with the way to the goal, or with the position swept. */
      landscape: z.strictObject({ xLabel: z.string(), rise: z.number() }),
      /** SVG of the reward along that way; PNG of the best and worst paid frames. */
      plot: z.string(),
      frames: z.string(),
    }),
  ),
})

/** What policies of one program came to. */
const reached = z.strictObject({
  /** 0…1, mean over the seeds. */
  success: z.number(),
  /** Environment steps until four fifths of the training episodes succeeded; null where some seed never got there. */
  stepsToLearned: z.number().nullable(),
})

/** `eval programs`. */
export const programsOutput = z.strictObject({
  /** Where programs.csv and programs.md are kept. */
  folder: z.string(),
  comparisons: z.array(
    z.strictObject({
      program: z.string(),
      env: z.string(),
      /** Environment steps of each training. */
      steps: count,
      seeds: z.array(count),
      library: reached,
      /** What it is compared with. */
      beside: z.enum(['expert', 'success only', 'none']),
      rival: reached.nullable(),
      verdict: z.enum(['worse', 'slower', 'as good', 'better', 'faster', 'neither learns', 'not compared']),
      /** The library's program trains worse, or more slowly. */
      flagged: z.boolean(),
    }),
  ),
})

/** `search`. */
export const searchOutput = z.strictObject({
  search: z.string(),
  folder: z.string(),
  env: z.string(),
  best: z.strictObject({
    id: z.string(),
    ...reward.shape,
    /** As the model wrote it. */
    file: z.string(),
    run: z.string(),
    success: z.number().nullable(),
    return: z.number(),
  }),
  /** By what became of them. */
  candidates: z.record(z.string(), count),
  /** The best trained anew on other seeds. */
  seeds: z.array(
    z.strictObject({
      seed: count,
      run: z.string(),
      success: z.number().nullable(),
      return: z.number(),
    }),
  ),
  /** Pearson's correlation of its reward with the fitness, over recorded episodes. */
  correlation: z.number(),
})

/** `randomise`. */
export const randomiseOutput = z.strictObject({
  run: z.string(),
  env: z.string(),
  measure: z.enum(['success', 'return']),
  /** At factors of 1. */
  nominal: z.number(),
  ranges: z.array(
    z.strictObject({
      factor: z.string(),
      /** Between these the policy still does it. */
      low: z.number(),
      high: z.number(),
      tried: z.array(z.strictObject({ value: z.number(), score: z.number(), holds: z.boolean() })),
      proposed: z.tuple([z.number(), z.number()]),
    }),
  ),
  /** To train under them; '' when there are none. */
  flags: z.string(),
})

/** `list searches`. */
export const searchesOutput = z.strictObject({
  searches: z.array(
    z.strictObject({
      name: z.string(),
      folder: z.string(),
      env: z.string(),
      text: z.string(),
      /** Programs so far. */
      candidates: count,
      best: z.strictObject({ id: z.string(), success: z.number().nullable(), return: z.number() }).nullable(),
      done: z.boolean(),
    }),
  ),
})

/** `report` of a search. */
export const familyOutput = z.strictObject({
  search: z.string(),
  candidates: z.array(
    z.strictObject({
      id: z.string(),
      parents: z.array(z.string()),
      origin: z.string(),
      name: z.string().nullable(),
      fate: z.string(),
      why: z.string(),
      agreement: z.number().nullable(),
      run: z.string().nullable(),
      rungs: z.array(z.strictObject({ step: count, success: z.number().nullable(), return: z.number() })),
    }),
  ),
})

/** `search` that was stopped, or met a cap. */
export const stoppedSearchOutput = z.strictObject({ search: z.string(), resume: z.string() })

export const newOutput = z.strictObject({ file: z.string(), env: z.string(), files: z.array(z.string()) })
