/** Pictures of environments, as files. */
import { expect, test } from 'vitest'
import { envById } from '../envs/index.ts'
import { picture } from '../src/picture.ts'

const size = { width: 64, height: 48 }

test('a pose is the same file every time, and another pose another', async () => {
  const hopper = envById('hopper')
  const start = await picture(hopper, { ...size, seed: 3, camera: 'side' })
  const header = new DataView(start.buffer, 16)
  expect([header.getUint32(0), header.getUint32(4)]).toEqual([64, 48])
  expect(await picture(hopper, { ...size, seed: 3, camera: 'side' })).toEqual(start)
  const bent = { qpos: [0, 1, 0, -1, -1, 0.5] }
  expect(await picture(hopper, { ...size, pose: bent, camera: 'side' })).not.toEqual(start)
  expect(await picture(hopper, { ...size, seed: 3, camera: 'front' })).not.toEqual(start)
})

test('a keyframe is chosen by its name', async () => {
  const pose = envById('humanoid-pose')
  using env = await pose.make(1)
  const [{ name, qpos, qvel }] = env.keyframes
  expect(await picture(pose, { ...size, pose: name })).toEqual(
    await picture(pose, { ...size, pose: { qpos, qvel } }),
  )
  await expect(picture(pose, { ...size, pose: 'no such pose' })).rejects.toThrow(
    expect.objectContaining({ code: 'unknown-name' }),
  )
})
