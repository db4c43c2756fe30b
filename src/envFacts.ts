/** What only a compiled model knows, and the batch shape that follows from it. */
import type { BatchShape } from './core/batch.ts'
import type { EnvDefinition } from './core/env.ts'
import type { SceneSpec } from './core/scene.ts'
import { layoutOf } from './core/spec.ts'

export interface EnvFacts {
  readonly stateSize: number
  readonly scene: SceneSpec
}

/** Makes one copy of the environment, reads what the model says, and lets it go. */
export async function envFacts(env: EnvDefinition): Promise<EnvFacts> {
  using one = await env.make(1)
  return { stateSize: one.stateSize, scene: one.scene }
}

export function batchShape(
  { spec }: EnvDefinition,
  { stateSize, scene }: EnvFacts,
  size: { readonly T: number; readonly N: number; readonly R: number },
): BatchShape {
  return {
    ...size,
    O: layoutOf(spec.obs).width,
    S: layoutOf(spec.signals).width,
    A: spec.action.low.length,
    stateSize,
    bodies: scene.bodies.length,
  }
}
