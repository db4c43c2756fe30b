/** The pages that watch: each gets every event, unless it is too slow for that; training never waits for one. */
import type { Subscription } from 'rxjs'
import { type RawData, WebSocket } from 'ws'
import { CarrotError } from '../core/errors.ts'
import { PROTOCOL, type ServerMessage, viewerMessage } from '../protocol/messages.ts'
import type { RunSource } from './source.ts'

/** Bytes handed to the system before messages wait here. */
const MAX_BUFFERED = 1_000_000
/** Messages that wait; the oldest go first. What they said can be fetched again over HTTP. */
const MAX_WAITING = 256

/** One connected page. */
class Viewer {
  private readonly socket: WebSocket
  private readonly waiting: string[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
  }

  send(text: string): void {
    if (this.waiting.length === MAX_WAITING) this.waiting.shift()
    this.waiting.push(text)
    this.pump()
  }

  private pump(): void {
    const { socket, waiting } = this
    while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < MAX_BUFFERED) {
      const text = waiting.shift()
      if (text === undefined) return
      socket.send(text, () => this.pump())
    }
  }
}

export class Viewers {
  private readonly source: RunSource
  private readonly viewers = new Map<WebSocket, Viewer>()
  private readonly subscription: Subscription

  constructor(source: RunSource) {
    this.source = source
    this.subscription = source.events$.subscribe({
      next: event => this.broadcast({ type: 'event', event }),
      // Whoever started the run tells its failure; here it just means that nothing more comes.
      error: () => undefined,
    })
  }

  /** Greets a page that has connected. */
  attach(socket: WebSocket): void {
    const viewer = new Viewer(socket)
    this.viewers.set(socket, viewer)
    const answer = (message: ServerMessage): void => viewer.send(JSON.stringify(message))
    socket.on('close', () => this.viewers.delete(socket))
    socket.on('error', () => socket.terminate())
    socket.on('message', (data, binary) => {
      const refused = this.take(data, binary)
      if (refused !== undefined) answer({ type: 'refused', message: refused })
    })
    answer({ type: 'hello', protocol: PROTOCOL, info: this.source.info() })
  }

  close(): void {
    this.subscription.unsubscribe()
    for (const socket of this.viewers.keys()) socket.terminate()
  }

  private broadcast(message: ServerMessage): void {
    if (this.viewers.size === 0) return
    const text = JSON.stringify(message)
    for (const viewer of this.viewers.values()) viewer.send(text)
  }

  /** Does what a page asks; returns why not, when not. */
  private take(data: RawData, binary: boolean): string | undefined {
    const message = binary ? undefined : viewerMessage.safeParse(parseJson(String(data))).data
    if (message === undefined) return 'The page sent a message this run does not understand. Reload the page.'
    if (this.source.send === undefined) return 'This run is not training now, so it cannot be changed.'
    try {
      this.source.send(message)
    } catch (error) {
      return error instanceof CarrotError ? `${error.message} ${error.hint}` : String(error)
    }
    if (message.type === 'pause') this.broadcast({ type: 'paused', on: this.source.info().paused })
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
