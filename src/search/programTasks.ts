/**
 * What `carrot eval programs` compares: for each task of Text2Reward (Xie et al., ICLR 2024) the program of our library and
 * the reward of an expert, under the same algorithm, seed and steps.
 */

/** What stands beside the library's program. */
export type Rival =
  /** The dense reward that the task was published with. */
  | 'expert'
  /** The program's own success and nothing else: Text2Reward's skills have no expert's reward. */
  | 'success only'
  /** Nothing: the program is the reward that the environment was published with. */
  | 'none'

export interface ProgramTask {
  /** Name of the program in the library. */
  readonly program: string
  readonly env: string
  readonly rival: Rival
  /** Environment steps to train for, unless others are asked for. */
  readonly steps: number
  /** What the paper says of this task, as far as we know it. */
  readonly published: string
}

const manipulation = (env: string, steps: number, published = ''): ProgramTask => ({
  program: env,
  env,
  rival: 'expert',
  steps,
  published,
})
const skill = (program: string, rival: Rival, steps: number, published: string): ProgramTask => ({
  program,
  env: program.split('-')[0],
  rival,
  steps,
  published,
})

export const PROGRAM_TASKS: readonly ProgramTask[] = [
  manipulation('lift-cube', 2_000_000),
  manipulation('pick-cube', 4_000_000, 'succeeds more often than the expert’s'),
  manipulation('stack-cube', 4_000_000, '0 at first, 1 after feedback with examples'),
  manipulation('turn-faucet', 4_000_000),
  manipulation('open-cabinet-door', 8_000_000, 'learned faster than the expert’s'),
  manipulation('open-cabinet-drawer', 4_000_000),
  manipulation('push-chair', 8_000_000, 'fails without examples, succeeds with them'),
  manipulation('button-press', 400_000),
  manipulation('door-close', 400_000),
  manipulation('door-unlock', 1_000_000),
  manipulation('drawer-close', 400_000),
  manipulation('drawer-open', 1_000_000, 'succeeds more often than the expert’s'),
  manipulation('handle-press', 400_000, 'learned faster than the expert’s'),
  manipulation('handle-press-side', 400_000),
  manipulation('sweep-into', 1_000_000),
  manipulation('window-close', 400_000),
  manipulation('window-open', 400_000),
  skill('hopper-forward', 'none', 1_000_000, '100 % (not checked)'),
  skill('hopper-front-flip', 'success only', 1_000_000, '99 % (not checked)'),
  skill('hopper-back-flip', 'success only', 1_000_000, '100 % (not checked)'),
  skill('ant-forward', 'none', 1_000_000, '94 % (not checked)'),
  skill('ant-lie-down', 'success only', 300_000, '98 % (not checked)'),
  skill('ant-wave-leg', 'success only', 1_000_000, '95 % (not checked)'),
]

/** The term of a program that pays for success itself. */
export const SUCCESS_TERM = 'done'
