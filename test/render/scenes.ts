/** Scenes for the renderers' tests, of our own making. */
import { compileModel, loadMujoco, type MjModel, type Mujoco } from '../../src/sim/mujoco.ts'
import { sceneOf } from '../../src/sim/scene.ts'
import { modelOf } from '../sim/model.ts'

const FLOOR = `
  <texture name="floor" type="2d" builtin="checker" width="16" height="16" rgb1="0.80 0.83 0.86" rgb2="0.68 0.72 0.76"/>
  <material name="floor" texture="floor" texrepeat="1 1" texuniform="true"/>`
const STAGE = `
  <light directional="true" pos="0 0 4" dir="0.3 0.4 -1"/>
  <camera name="view" pos="2.2 -2.6 1.7" xyaxes="0.763 0.646 0 -0.24 0.284 0.93"/>
  <geom name="floor" type="plane" size="0 0 1" material="floor"/>`

const limb = (name: string, from: string, to: string, radius: number): string =>
  `<geom name="${name}" type="capsule" fromto="${from} ${to}" size="${radius}"/>`

/** 19 capsules and balls in the shape of a person. */
const PERSON = `<mujoco><visual><global fovy="45"/></visual>
  <default><geom rgba="0.9 0.55 0.3 1"/></default>
  <asset>${FLOOR}</asset>
  <worldbody>${STAGE.replace('name="floor"', 'name="floor" rgba="1 1 1 1"')}
    <body name="person" pos="0 0 0.95">
      <freejoint/>
      <geom name="head" size="0.1" pos="0 0 0.75"/>
      <geom name="chest" type="capsule" fromto="0 -0.12 0.5 0 0.12 0.5" size="0.09"/>
      <geom name="belly" type="capsule" fromto="0 -0.09 0.3 0 0.09 0.3" size="0.08"/>
      <geom name="hips" type="capsule" fromto="0 -0.1 0.1 0 0.1 0.1" size="0.09"/>
      <geom name="neck" size="0.06" pos="0 0 0.62"/>
      ${[-1, 1]
        .map(
          s =>
            limb(`upperArm${s}`, `0 ${0.2 * s} 0.52`, `0.1 ${0.38 * s} 0.3`, 0.045) +
            limb(`lowerArm${s}`, `0.1 ${0.38 * s} 0.3`, `0.3 ${0.3 * s} 0.35`, 0.035) +
            `<geom name="hand${s}" size="0.05" pos="0.33 ${0.28 * s} 0.36"/>` +
            limb(`thigh${s}`, `0 ${0.11 * s} 0.05`, `0.08 ${0.13 * s} -0.38`, 0.07) +
            limb(`shin${s}`, `0.08 ${0.13 * s} -0.42`, `0 ${0.14 * s} -0.82`, 0.05) +
            limb(`foot${s}`, `-0.05 ${0.13 * s} -0.9`, `0.15 ${0.15 * s} -0.9`, 0.04) +
            `<geom name="knee${s}" size="0.06" pos="0.08 ${0.13 * s} -0.4"/>`,
        )
        .join('')}
    </body>
  </worldbody></mujoco>`

/** One of each shape, and one that is seen through. */
const SHAPES = `<mujoco><visual><global fovy="45"/></visual>
  <asset>${FLOOR}</asset>
  <worldbody>${STAGE}
    <geom name="box" type="box" size="0.15 0.2 0.25" pos="-0.6 0 0.3" rgba="0.8 0.2 0.2 1"/>
    <geom name="cylinder" type="cylinder" size="0.15 0.25" pos="0 0.3 0.3" euler="40 0 30" rgba="0.2 0.7 0.3 1"/>
    <geom name="ellipsoid" type="ellipsoid" size="0.3 0.12 0.18" pos="0.6 0 0.3" euler="20 50 0" rgba="0.2 0.3 0.85 1"/>
    <geom name="sphere" size="0.2" pos="0 -0.5 0.2" rgba="0.9 0.75 0.1 1"/>
    <geom name="capsule" type="capsule" size="0.1 0.3" pos="0.5 0.7 0.5" euler="80 0 0" rgba="0.6 0.2 0.7 1"/>
    <geom name="tile" type="plane" size="0.3 0.2 1" pos="0.9 -0.9 0.1" contype="0" conaffinity="0" rgba="0.3 0.5 0.5 1"/>
    <geom name="goal" size="0.15" pos="0.35 -0.6 0.6" rgba="0.2 0.9 0.4 0.4" contype="0" conaffinity="0"/>
    <geom name="hidden" size="0.5" group="3"/>
    <geom name="ghost" size="0.5" rgba="1 0 0 0"/>
  </worldbody></mujoco>`

/** A turned wheel-like solid and a star, as meshes, with smooth and with sharp edges. */
const MESHES = `<mujoco><visual><global fovy="45"/></visual>
  <asset>${FLOOR}
    <mesh name="rock" vertex="${rock(60)}"/>
    <mesh name="wedge" vertex="0 0 0 0.6 0 0 0.6 0.4 0 0 0.4 0 0 0 0.5 0 0.4 0.5"/>
  </asset>
  <worldbody>${STAGE}
    <geom name="rock" type="mesh" mesh="rock" pos="-0.2 0.3 0.5" rgba="0.6 0.55 0.5 1"/>
    <geom name="wedge" type="mesh" mesh="wedge" pos="0.5 -0.4 0.3" euler="0 0 30" rgba="0.3 0.5 0.8 1"/>
  </worldbody></mujoco>`

/** Points of a ball that is not quite round, evenly by the golden angle. */
function rock(count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const z = 1 - (2 * i + 1) / count
    const angle = i * Math.PI * (3 - Math.sqrt(5))
    const radius = 0.45 * (1 + 0.1 * Math.sin(5 * angle))
    const across = Math.sqrt(1 - z * z)
    return [radius * across * Math.cos(angle), radius * across * Math.sin(angle), radius * z]
      .map(x => x.toFixed(4))
      .join(' ')
  }).join(' ')
}

const HILLS = 24
/** Hills under a ball. */
const FIELD = `<mujoco><visual><global fovy="45"/></visual>
  <asset>
    <hfield name="hills" nrow="${HILLS}" ncol="${HILLS}" size="1.2 1.2 0.5 0.1" elevation="${Array.from(
      { length: HILLS * HILLS },
      (_, i) => (0.5 + 0.5 * Math.sin(i * 0.37) * Math.cos(Math.floor(i / HILLS) * 0.6)).toFixed(3),
    ).join(' ')}"/>
  </asset>
  <worldbody>
    <camera name="view" pos="2.2 -2.6 1.7" xyaxes="0.763 0.646 0 -0.24 0.284 0.93"/>
    <geom name="hills" type="hfield" hfield="hills" rgba="0.5 0.65 0.4 1"/>
    <geom name="ball" size="0.2" pos="0 0 0.8" rgba="0.9 0.3 0.2 1"/>
  </worldbody></mujoco>`

/** Textures of every kind, and a sky. */
const TEXTURES = `<mujoco><visual><global fovy="45"/></visual>
  <asset>
    <texture type="skybox" builtin="gradient" width="64" height="64" rgb1="0.35 0.55 0.8" rgb2="0.85 0.9 0.95"/>
    <texture name="marked" type="2d" builtin="checker" width="64" height="64" rgb1="0.7 0.6 0.5" rgb2="0.5 0.45 0.4" mark="edge" markrgb="0.2 0.2 0.2"/>
    <texture name="radial" type="2d" builtin="gradient" width="64" height="64" rgb1="0.9 0.4 0.2" rgb2="0.2 0.3 0.7"/>
    <texture name="dice" type="cube" builtin="flat" width="64" height="64" rgb1="0.8 0.8 0.75" rgb2="0.4 0.4 0.5" mark="cross" markrgb="0.8 0.1 0.1"/>
    <material name="marked" texture="marked" texrepeat="2 2" texuniform="true"/>
    <material name="radial" texture="radial" texrepeat="1 2"/>
    <material name="dice" texture="dice"/>
    <mesh name="tent" vertex="-0.3 0 0 0.3 0 0 0.3 0 0.5 -0.3 0 0.5 0 0.3 0.2" face="0 1 2 0 2 3 1 0 4 2 1 4 3 2 4 0 3 4" texcoord="0 0 1 0 1 1 0 1 0.5 0.5"/>
  </asset>
  <worldbody>${STAGE.replace('material="floor"', 'material="marked"')}
    <geom name="table" type="plane" size="0.5 0.4 1" pos="0.6 0.4 0.4" contype="0" conaffinity="0" material="radial"/>
    <geom name="dice" type="box" size="0.2 0.2 0.2" pos="-0.3 -0.2 0.3" euler="20 30 0" material="dice"/>
    <geom name="ball" size="0.2" pos="0.4 -0.6 0.25" material="dice"/>
    <geom name="tent" type="mesh" mesh="tent" pos="-0.2 -0.9 0.3" euler="0 0 30" material="marked"/>
  </worldbody></mujoco>`

export const SCENES = {
  person: PERSON,
  shapes: SHAPES,
  meshes: MESHES,
  field: FIELD,
  textures: TEXTURES,
} as const
export type SceneName = keyof typeof SCENES

/** The scene in its initial pose [bodies, 7], with the model it was made of; delete that. */
export async function compiled(name: SceneName) {
  const mujoco: Mujoco = await loadMujoco()
  const model: MjModel = compileModel(mujoco, modelOf(SCENES[name]))
  const scene = sceneOf(mujoco, model)
  const data = new mujoco.bindings.MjData(model)
  mujoco.bindings.mj_forward(model, data)
  const poses = new Float32Array(7 * scene.bodies.length)
  for (let b = 0; b < scene.bodies.length; b++) {
    poses.set(data.xpos.subarray(3 * b, 3 * b + 3), 7 * b)
    poses.set(data.xquat.subarray(4 * b, 4 * b + 4), 7 * b + 3)
  }
  return { mujoco, model, data, scene, poses }
}
