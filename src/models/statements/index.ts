/** Everything that can be said, by the scene it is said of. */
import type { Scene } from '../statement.ts'
import { arms } from './arms.ts'
import { mountain, poles } from './classic.ts'
import { humanoid } from './humanoid.ts'
import { places, robots } from './robots.ts'

export const SCENES: readonly Scene[] = [humanoid, poles, mountain, robots, places, arms]

/** Training never sees it; it shows what carries over to a robot that is new. */
export const HELD_OUT_ENV = 'walker2d'
