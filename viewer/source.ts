/** The run this page shows: what can be fetched, and what it says as it happens. */
import { defer, Observable, retry, timer } from 'rxjs'
import { decodeEpisode, type EpisodeRecord } from '../src/core/episode.ts'
import type { EpisodeSummary } from '../src/core/events.ts'
import type { RewardProgram } from '../src/core/reward.ts'
import type { MetricsPoint, ServerMessage, ViewerMessage } from '../src/protocol/messages.ts'

/** Between tries to connect again, ms: the first, and the longest. */
const FIRST_RETRY = 500
const LONGEST_RETRY = 8000

export class Source {
  private socket: WebSocket | undefined

  /** All messages, over as many connections as it takes; `lost` is called whenever one ends. */
  messages(lost: () => void): Observable<ServerMessage> {
    return defer(() => this.connect()).pipe(
      retry({
        resetOnSuccess: true,
        delay: (_, count) => {
          lost()
          return timer(Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (count - 1)))
        },
      }),
    )
  }

  /** False when there is no connection. */
  send(message: ViewerMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(message))
    return true
  }

  episodes(): Promise<EpisodeSummary[]> {
    return getJson('/api/episodes')
  }

  metrics(): Promise<MetricsPoint[]> {
    return getJson('/api/metrics')
  }

  async episode(id: string): Promise<EpisodeRecord> {
    const response = await get(`/api/episodes/${encodeURIComponent(id)}`)
    return decodeEpisode(new Uint8Array(await response.arrayBuffer()), `Episode ${id}`)
  }

  /** Its text, to be read. */
  async text(hash: string): Promise<string> {
    return (await get(`/api/program?v=${hash}`)).text()
  }

  /** The program in force, which must be vouched for; `hash` tells the browser one version from another. */
  async program(hash: string): Promise<RewardProgram> {
    const module = await import(/* @vite-ignore */ `/api/program.js?v=${hash}`)
    return module.default as RewardProgram
  }

  /** One connection; its end, however it comes about, is an error. */
  private connect(): Observable<ServerMessage> {
    return new Observable(subscriber => {
      const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`)
      this.socket = socket
      socket.onmessage = ({ data }) => subscriber.next(JSON.parse(data))
      socket.onclose = () => subscriber.error(new Error('The connection was closed.'))
      return () => {
        socket.onclose = null
        socket.close()
      }
    })
  }
}

/** Throws what the run says when it does not give it. */
async function get(path: string): Promise<Response> {
  const response = await fetch(path).catch(() => {
    throw new Error('The run does not answer; what is loaded can still be looked at.')
  })
  if (response.ok) return response
  const { message } = await response.json().catch(() => ({ message: undefined }))
  throw new Error(message ?? `The run answered ${response.status} to ${path}.`)
}

const getJson = async <T>(path: string): Promise<T> => (await get(path)).json()
