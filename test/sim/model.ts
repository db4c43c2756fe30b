/** A small robot of the tests' own: a ball on a motorised slide over a box. */

import type { MujocoDefinition } from '../../src/sim/definition.ts'
import { flagOf, slice } from '../../src/sim/fields.ts'
import type { ModelFiles } from '../../src/sim/modelFiles.ts'

export const BALL = `<mujoco>
  <option timestep="0.01"/>
  <size memory="200K"/>
  <asset>
    <texture name="squares" type="2d" builtin="checker" width="8" height="8" rgb1="1 0 0" rgb2="0 0 1"/>
    <material name="squares" texture="squares"/>
    <material name="plain" rgba="0.5 0.25 0.75 1"/>
  </asset>
  <worldbody>
    <camera name="still" pos="0 -4 1" xyaxes="1 0 0 0 0 1" fovy="60"/>
    <geom name="floor" type="plane" size="5 5 1" material="squares"/>
    <geom name="box" type="box" size="0.1 0.2 0.3" pos="3 0 0.3" rgba="0 1 0 0.5"/>
    <body name="ball" pos="1 0 0.5">
      <joint name="slide" type="slide" axis="0 0 1" limited="false"/>
      <geom name="ball" size="0.1" material="plain"/>
      <camera name="follow" mode="track" pos="0 -2 0.3" xyaxes="1 0 0 0 0 1"/>
      <site name="top" pos="0 0 0.1"/>
    </body>
  </worldbody>
  <actuator>
    <motor name="lift" joint="slide" gear="10" ctrllimited="true" ctrlrange="-1 1"/>
  </actuator>
</mujoco>`

export const modelOf = (xml: string): ModelFiles => ({ name: 'ball.xml', xml, files: new Map() })

/** The ball as an environment, with parts of the definition or the MJCF replaced. */
export function ball(change: Partial<MujocoDefinition> = {}, xml = BALL): MujocoDefinition {
  return {
    id: 'ball',
    version: 1,
    about: 'A ball on a slide.',
    mjcf: new URL(`data:application/xml,${encodeURIComponent(xml)}#/ball.xml`),
    dt: 0.02,
    frameSkip: 2,
    maxSteps: 100,
    defaultReward: 'none',
    success: { signal: 'high', over: 'last' },
    action: { names: ['lift'], low: [-1], high: [1], unit: '1' },
    obs: { height: { shape: [], unit: 'm', about: 'Above the start.', read: slice('qpos', 0) } },
    signals: {
      speed: { shape: [], unit: 'm/s', about: 'Upward.', read: slice('qvel', 0) },
      high: { shape: [], unit: 'bool', about: 'Above 0.5 m.', read: flagOf(({ qpos }) => qpos[0] > 0.5) },
    },
    start({ qpos }, rng) {
      qpos[0] += rng.range(0, 0.1)
    },
    isTerminal: ({ qpos }) => qpos[0] > 1,
    ...change,
  }
}
