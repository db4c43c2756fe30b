/** What needs no graphics: poses in time, and the objects of a scene. */
import type { Mesh } from 'three'
import { expect, test } from 'vitest'
import type { EpisodeRecord } from '../../src/core/episode.ts'
import type { GeomSpec, GeomType, SceneSpec } from '../../src/core/scene.ts'
import { ThreeScene } from '../../src/render/threeScene.ts'
import { poseAt } from '../../viewer/scene/pose.ts'
import { Rig } from '../../viewer/scene/rig.ts'
import { poseDifference } from './pose.ts'

const geom = (type: GeomType, size: GeomSpec['size'], more: Partial<GeomSpec> = {}): GeomSpec => ({
  name: type,
  type,
  body: 1,
  size,
  position: [0, 0, 0],
  quaternion: [1, 0, 0, 0],
  rgba: [0.5, 0.5, 0.5, 1],
  ...more,
})
const spec: SceneSpec = {
  bodies: ['world', 'torso', 'foot'],
  geoms: [
    geom('plane', [0, 0, 0.1], { body: 0, checker: [1, 1, 1, 1], position: [0, 0, -0.4] }),
    geom('sphere', [0.3, 0, 0]),
    geom('capsule', [0.1, 0.5, 0]),
    geom('ellipsoid', [0.1, 0.2, 0.3]),
    geom('cylinder', [0.2, 0.4, 0], { body: 2 }),
    geom('box', [0.1, 0.2, 0.3], { body: 2, rgba: [1, 0, 0, 0.5] }),
  ],
  cameras: [
    { name: 'side', mode: 'track', body: 1, position: [0, -3, 1], target: [0, 0, 1], fov: 0.8 },
    { name: 'wide', mode: 'fixed', body: 0, position: [3, -9, 2], target: [0, 0, 1], fov: 0.8 },
  ],
  extent: 2,
}

/** Half a turn about z, within a step. */
const poses = Float32Array.of(
  ...[0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
  ...[0, 0, 0, 1, 0, 0, 0, 2, 0, 3, Math.SQRT1_2, 0, 0, Math.SQRT1_2, 1, 0, 0, -1, 0, 0, 0],
)
const record = { poses, columns: { T: 1 }, dt: 0.1 } as EpisodeRecord

test('at the time of a row, its poses are given; between rows, what lies between', () => {
  expect(poseAt(record, 0)).toEqual(poses.subarray(0, 21))
  expect(poseAt(record, 0.1)).toEqual(poses.subarray(21))
  expect(poseAt(record, 99)).toEqual(poses.subarray(21))
  const half = poseAt(record, 0.05)
  expect([...half.subarray(7, 10)]).toEqual([1, 0, 2])
  expect(half[10]).toBeCloseTo(Math.cos(Math.PI / 8), 6)
  expect(half[13]).toBeCloseTo(Math.sin(Math.PI / 8), 6)
  // A rotation and its negative are the same: there is nothing to turn.
  expect([...half.subarray(17)]).toEqual([1, 0, 0, 0])
})

test('bodies stand where the row says, and can be read back', () => {
  const drawn = new ThreeScene(spec)
  drawn.setPose(poses, 1, 1)
  expect(poseDifference(drawn.readPose(), poses.subarray(21))).toBeLessThan(1e-6)
  expect(poseDifference(drawn.readPose(), poses.subarray(0, 21))).toBeGreaterThan(1)
  drawn.dispose()
})

test('every shape has the size of its geom', () => {
  const drawn = new ThreeScene(spec)
  const size = (name: string) => {
    const { geometry } = drawn.scene.getObjectByName(name) as Mesh
    geometry.computeBoundingBox()
    return geometry.boundingBox?.max.toArray().map(x => Number(x.toFixed(3)))
  }
  expect(size('sphere')).toEqual([0.3, 0.3, 0.3])
  expect(size('capsule')).toEqual([0.1, 0.1, 0.6])
  expect(size('ellipsoid')).toEqual([0.1, 0.2, 0.3])
  expect(size('cylinder')).toEqual([0.2, 0.2, 0.4])
  expect(size('box')).toEqual([0.1, 0.2, 0.3])
})

test('the floor has no edge and goes along, at its height', () => {
  const drawn = new ThreeScene(spec)
  const floor = drawn.scene.getObjectByName('plane') as Mesh
  drawn.setPose(poses, 1, 1)
  expect(floor.position.toArray()).toEqual([2, 0, -0.4])
  floor.geometry.computeBoundingBox()
  expect(floor.geometry.boundingBox?.max.x).toBeGreaterThan(50)
})

test('a tracking camera goes along over the ground, a fixed one stays', () => {
  const rig = new Rig(spec)
  const at = (camera: number) => {
    rig.choose(camera)
    rig.place(poseAt(record, 0.1), poseAt(record, 0))
    return rig.camera.position.toArray().map(x => Number(x.toFixed(6)))
  }
  expect(at(0)).toEqual([2, -3, 1])
  expect(at(1)).toEqual([3, -9, 2])
  // What was done by hand lasts until another camera is chosen.
  const before = at(0)
  rig.turn(100, 0)
  rig.move(300)
  rig.place(poseAt(record, 0.1), poseAt(record, 0))
  expect(rig.camera.position.toArray()).not.toEqual(before)
  expect(at(0)).toEqual(before)
})
