/** A page and a run to serve. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { Subject } from 'rxjs'
import { WebSocket } from 'ws'
import { encodeEpisode } from '../../src/core/episode.ts'
import type { TrainEvent } from '../../src/core/events.ts'
import type { ServerMessage, ViewerMessage } from '../../src/protocol/messages.ts'
import type { RunSource } from '../../src/server/source.ts'
import { env, episode, program, scene, summary } from '../store/fixture.ts'

export const IMPORT_MAP = '{"imports":{"carrot-rl":"/carrot-rl.js"}}'

/** Writes a small page below `root`. */
export function writePage(root: string): string {
  const page = join(root, 'page')
  mkdirSync(join(page, 'assets'), { recursive: true })
  const head = `<script type="importmap">${IMPORT_MAP}</script><script type="module" src="/assets/main.js"></script>`
  writeFileSync(join(page, 'index.html'), `<!doctype html>${head}`)
  writeFileSync(join(page, 'carrot-rl.js'), 'export const scalar = 1')
  writeFileSync(join(page, 'assets', 'main.js'), 'console.log("page")')
  writeFileSync(join(page, 'assets', 'logo.svg'), '<svg/>')
  writeFileSync(join(root, 'secret.txt'), 'secret')
  return page
}

export const recorded = episode(summary('e000001', 10))

/** A run in progress that a test steers. */
export function liveSource() {
  const events = new Subject<TrainEvent>()
  const asked: ViewerMessage[] = []
  let paused = false
  const source: RunSource = {
    info: () => ({
      run: 'r',
      env,
      scene,
      program,
      gamma: 0.99,
      live: true,
      step: 8,
      steps: 1000,
      paused,
    }),
    episodes: () => [recorded.summary],
    episode: async id => (id === recorded.summary.id ? encodeEpisode(recorded) : undefined),
    metrics: () => [{ step: 8, seconds: 1, values: { 'loss/policy': 0.5, 'episode/return': Number.NaN } }],
    program: () => "import { scalar } from 'carrot-rl'\nexport default scalar",
    events$: events,
    send(message) {
      asked.push(message)
      if (message.type === 'pause') paused = message.on
    },
  }
  return { source, events, asked }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request with the path exactly as written, which fetch() would tidy up. */
export function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** A page's socket, and its messages one after the other. */
export function connect(port: number, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers })
  const arrived: ServerMessage[] = []
  let wake = (): void => undefined
  socket.on('message', data => {
    arrived.push(JSON.parse(String(data)))
    wake()
  })
  const next = async (): Promise<ServerMessage> => {
    while (arrived.length === 0) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
    return arrived.shift() as ServerMessage
  }
  return { socket, next }
}
