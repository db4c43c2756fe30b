/** Takes the pictures of docs/poses: `node src/build/poses.ts`. Each keyframe of the pose scene, as a vision model sees it. */
import { writeFileSync } from 'node:fs'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { picture } from '../picture.ts'

/** Pixels. */
const SIZE = 240

const folder = new URL('../../docs/poses/', import.meta.url)
using env = await humanoidPose.make(1)
for (const { name } of env.keyframes) {
  const file = await picture(humanoidPose, { pose: name, camera: 'vlm', width: SIZE, height: SIZE })
  writeFileSync(new URL(`${name}.png`, folder), file)
}
