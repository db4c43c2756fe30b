/**
 * A humanoid that is to take a pose and keep it: the task of Rocamonde et al., "Vision-Language Models are Zero-Shot
 * Reward Models for Reinforcement Learning" (ICLR 2024), on the body of Gymnasium's Humanoid-v5 (theirs was v4's, whose
 * observations hold 28 more numbers that are always zero).
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { MAX_ACTION, MOTORS, OPTIONS, observations, TIMESTEP } from '../humanoid/readouts.ts'
import { addUniform, controlPeriod } from '../options.ts'
import { follow, PLANS } from './expert.ts'
import { GOALS, type Goal } from './goals.ts'
import { lookAt } from './posture.ts'
import { poseSignals } from './signals.ts'

/** Share of the steps in which the pose is held, as the published study's raters judged an episode. */
const HELD = 0.5

/** 'armsRaised' → 'pose-arms-raised', the program that teaches it. */
const programOf = (goal: string): string =>
  `pose-${goal.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** qpos: position, quaternion, and 17 hinges. qvel: velocity (world), angular velocity (body), joint rates. */
export const humanoidPose = defineEnv(
  {
    ...OPTIONS,
    goal: {
      default: 'kneeling' as string,
      about: 'The pose to take.',
      choices: Object.keys(GOALS) as Goal[],
    },
    textured: {
      default: true,
      about: 'Draws sky, tiles and surface of the body; vision models see more in such a picture.',
    },
  },
  o => {
    const plan = PLANS[o.goal as Goal]
    return {
      id: 'humanoid-pose',
      version: 1,
      about: 'A humanoid that takes a pose and keeps it.',
      // Spelled out, so that bundlers find them.
      mjcf: o.textured
        ? new URL('./humanoidPose.xml', import.meta.url)
        : new URL('./humanoidPosePlain.xml', import.meta.url),
      dt: controlPeriod(o.frameSkip, TIMESTEP),
      frameSkip: o.frameSkip,
      maxSteps: 100,
      defaultReward: programOf(o.goal),
      success: { signal: o.goal, over: HELD },
      action: {
        names: MOTORS,
        low: MOTORS.map(() => -MAX_ACTION),
        high: MOTORS.map(() => MAX_ACTION),
        unit: '1',
      },
      contactForces: true,
      currentPositions: true,
      // Before anything is read, so that its signals need not each do it.
      update: lookAt,
      obs: observations(o),
      signals: poseSignals,
      start({ qpos, qvel }, rng) {
        addUniform(qpos, rng, o.resetNoise)
        addUniform(qvel, rng, o.resetNoise)
      },
      // A fall is no end: it may be the way to the floor.
      isTerminal: () => false,
      ...(plan !== undefined && { expert: follow(plan) }),
    }
  },
)
