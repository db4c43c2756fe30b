/** Goal areas of the exploration tasks, as signals. */
import type { Read, Readouts } from '../src/sim/fields.ts'

export interface GoalArea {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** `point(sim, i)` is x (0) or y (1) of what has to get there. */
export function goalSignals<Sim>(
  goals: readonly GoalArea[],
  what: string,
  point: (sim: Sim, i: 0 | 1) => number,
): Readouts<Sim> {
  const distance = (sim: Sim, { x, y }: GoalArea) => Math.hypot(point(sim, 0) - x, point(sim, 1) - y)
  const distances: Read<Sim> = (sim, out, at) => {
    for (let i = 0; i < goals.length; i++) out[at + i] = distance(sim, goals[i])
  }
  const inside: Read<Sim> = (sim, out, at) => {
    out[at] = goals.some(goal => distance(sim, goal) <= goal.radius) ? 1 : 0
  }
  const places = goals.map(({ x, y, radius }) => `(${x}, ${y}) within ${radius} m`).join(', ')
  return {
    goalDistances: {
      shape: [goals.length],
      unit: 'm',
      about: `From ${what} to the middle of the goal areas: ${places}.`,
      read: distances,
    },
    inGoalArea: { shape: [], unit: 'bool', about: `A goal area holds ${what}.`, read: inside },
  }
}
