/** The moment on show as a link: `#ep=e000041&t=3.24&w=forward:2,control:-0.01&cam=1`. */
import { choose, type State, withWeights } from './state.ts'

/** The part after '#'. Empty while the newest episode is followed and nothing was changed. */
export function linkOf(state: State): string {
  const parts: string[] = []
  const id = state.wanted?.id ?? state.open?.summary.id
  if (!state.following && id !== undefined) {
    const time = state.wanted?.time ?? state.time
    parts.push(`ep=${encodeURIComponent(id)}`, `t=${Number(time.toFixed(4))}`)
  }
  const moved = Object.entries(state.weights)
  if (moved.length > 0)
    parts.push(`w=${moved.map(([name, value]) => `${encodeURIComponent(name)}:${value}`).join(',')}`)
  if (state.camera >= 0) parts.push(`cam=${state.camera}`)
  return parts.join('&')
}

/** The state that a link describes. What cannot be read is left out; a link without an episode changes no episode. */
export function followLink(state: State, hash: string): State {
  const parts = new URLSearchParams(hash.replace(/^#/, ''))
  const id = parts.get('ep')
  const time = finite(parts.get('t')) ?? 0
  const camera = finite(parts.get('cam'))
  const weights = weightsIn(parts.get('w') ?? '')
  const next = {
    ...withWeights(state, weights),
    camera: camera === undefined ? -1 : Math.max(-1, Math.round(camera)),
  }
  return id === null || id === '' ? next : { ...choose(next, id, Math.max(0, time)), playing: false }
}

const weightsIn = (text: string): Record<string, number> =>
  Object.fromEntries(
    text.split(',').flatMap(pair => {
      const [name, value] = pair.split(':')
      const weight = finite(value ?? null)
      return name === '' || weight === undefined ? [] : [[name, weight]]
    }),
  )

const finite = (text: string | null): number | undefined =>
  text === null || text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text)
