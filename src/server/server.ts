/** Serves a run to pages on this machine: what protocol/messages.ts lists, and the page itself. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { CarrotError } from '../core/errors.ts'
import { programModule } from '../loadProgram.ts'
import { type PageFile, readPage } from './pageFiles.ts'
import { refusal, SANDBOX, SANDBOX_POLICY, securityHeaders } from './security.ts'
import type { RunSource } from './source.ts'
import { Viewers } from './viewers.ts'

export const DEFAULT_PORT = 7777
/** Ports tried from the default on, before the system picks one. */
const TRIES = 50
/** Bytes a page's message may have: more than the longest program that is vetted. */
const MAX_MESSAGE = 1_048_576

export interface ServerOptions {
  /** Exactly this port (0: any free one); default 7777 or the next free one. */
  readonly port?: number
  readonly source: RunSource
  /** Folder of the built page. */
  readonly page: string
}

export interface RunServer extends AsyncDisposable {
  /** 'http://127.0.0.1:7777/': by number, as 'localhost' may reach another program that listens on IPv6 only. */
  readonly url: string
  readonly port: number
  /** The default port, when it was taken and another is used. */
  readonly movedFrom?: number
  close(): Promise<void>
}

/** Throws CarrotError 'port-in-use' when an explicit port is taken, 'bad-argument' when it may not be used. */
export async function startServer({ port, source, page }: ServerOptions): Promise<RunServer> {
  const files = readPage(page)
  const headers = securityHeaders(String(files.get('/')?.bytes))
  const server = createServer((request, response) => {
    respond(request, response, { source, files, headers })
  })
  const bound = await listen(server, port)
  const viewers = new Viewers(source)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE })
  server.on('upgrade', (request, socket, head) => {
    const refused = request.url === '/ws' ? refusal(request.headers) : 'The socket is at /ws.'
    if (refused !== undefined) return turnAway(socket, refused)
    sockets.handleUpgrade(request, socket, head, viewer => viewers.attach(viewer))
  })
  const close = async (): Promise<void> => {
    viewers.close()
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${bound}/`,
    port: bound,
    ...(port === undefined && bound !== DEFAULT_PORT ? { movedFrom: DEFAULT_PORT } : {}),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function turnAway(socket: Duplex, why: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: ${why.length}\r\nconnection: close\r\n\r\n${why}`,
  )
}

async function listen(server: Server, port: number | undefined): Promise<number> {
  if (port !== undefined) return await listenAt(server, port)
  for (let tried = 0; tried < TRIES; tried++) {
    try {
      return await listenAt(server, DEFAULT_PORT + tried)
    } catch (error) {
      if (!(error instanceof CarrotError)) throw error
    }
  }
  return await listenAt(server, 0)
}

async function listenAt(server: Server, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw listenError(error, port)
  }
  return (server.address() as AddressInfo).port
}

function listenError(error: unknown, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new CarrotError(
        'port-in-use',
        `Port ${port} is in use by another program.`,
        'Choose another with --port, or leave --port out to get the next free one.',
      )
    case 'EACCES':
    case 'ERR_SOCKET_BAD_PORT':
      return new CarrotError(
        'bad-argument',
        `Port ${port} cannot be listened on.`,
        'Choose one from 1024 to 65535 with --port.',
      )
    default:
      return error
  }
}

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?')[0]

interface Content {
  readonly source: RunSource
  readonly files: ReadonlyMap<string, PageFile>
  readonly headers: Readonly<Record<string, string>>
}

interface Reply {
  readonly status: number
  readonly type: string
  readonly bytes: string | Uint8Array
}

const JSON_TYPE = 'application/json; charset=utf-8'
const json = (value: unknown, status = 200): Reply => ({
  status,
  type: JSON_TYPE,
  bytes: JSON.stringify(value),
})
const complaint = (status: number, message: string): Reply => json({ message }, status)

async function respond(request: IncomingMessage, response: ServerResponse, content: Content): Promise<void> {
  const reply = await replyTo(request, content).catch(error => complaint(500, String(error)))
  const body = typeof reply.bytes === 'string' ? Buffer.from(reply.bytes) : reply.bytes
  const policy = pathOf(request) === SANDBOX ? { 'content-security-policy': SANDBOX_POLICY } : {}
  const head = { 'content-type': reply.type, 'content-length': body.length, ...content.headers, ...policy }
  response.writeHead(reply.status, head)
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function replyTo(request: IncomingMessage, { source, files }: Content): Promise<Reply> {
  const refused = refusal(request.headers)
  if (refused !== undefined) return complaint(403, refused)
  if (request.method !== 'GET' && request.method !== 'HEAD') return complaint(405, 'Only GET is answered.')
  const path = pathOf(request)
  switch (path) {
    case '/api/run':
      return json(source.info())
    case '/api/episodes':
      return json(source.episodes())
    case '/api/metrics':
      return json(source.metrics())
    case '/api/program.js':
      return {
        status: 200,
        type: 'text/javascript; charset=utf-8',
        bytes: programModule({ module: source.program() }),
      }
    case '/api/program':
      return { status: 200, type: 'text/plain; charset=utf-8', bytes: source.program() }
  }
  const id = /^\/api\/episodes\/([\w.-]+)$/.exec(path)?.[1]
  if (id !== undefined) {
    const bytes = await source.episode(id)
    if (bytes === undefined) return complaint(404, `There is no recorded episode '${id}'.`)
    return { status: 200, type: 'application/octet-stream', bytes }
  }
  const file = files.get(path)
  return file === undefined ? complaint(404, 'There is nothing here.') : { status: 200, ...file }
}
