/** A model hub on this machine that speaks the hub's layout: a description of a model, its files, and large ones elsewhere. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, sep } from 'node:path'

export const REVISION = '0123456789abcdef0123456789abcdef01234567'

/** A connection breaks this long after its last byte, ms: a client forgets what it has not read by then. */
const LINGER = 50

interface Stored {
  readonly bytes: Buffer
  readonly large: boolean
}

export class HubServer {
  /** Paths asked for, with the range where there was one. */
  readonly asked: string[] = []
  /** The next answers with a file end after so many bytes. */
  cutAfter: number[] = []
  /** Answer ranges with whole files, as some mirrors do. */
  ignoresRanges = false
  private readonly server: Server
  private readonly files: Map<string, Stored>
  private readonly id: string

  /** Serves a model's folder under an id; networks are kept as large files are. */
  constructor(id: string, folder: string) {
    this.id = id
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(folder.length + 1)
          .split(sep)
          .join('/'),
      )
    this.files = new Map(
      paths.map(path => [path, { bytes: readFileSync(join(folder, path)), large: path.endsWith('.onnx') }]),
    )
    this.server = createServer((request, response) => this.answer(request, response))
  }

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  /** Other bytes than the description tells of, as many. */
  corrupt(path: string): void {
    const { bytes, large } = this.files.get(path)!
    const other = Buffer.from(bytes)
    other[other.length >> 1] ^= 1
    this.corrupted.set(path, { bytes: other, large })
  }
  private readonly corrupted = new Map<string, Stored>()

  mend(): void {
    this.corrupted.clear()
  }

  private answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'http://hub')
    const { range } = headers
    this.asked.push(range === undefined ? pathname : `${pathname} ${range}`)
    const file = pathname.match(`^/${this.id}/resolve/${REVISION}/(.*)$`)?.[1]
    const stored = this.corrupted.get(file ?? '') ?? this.files.get(file ?? '')
    if (pathname === `/api/models/${this.id}/revision/main` && searchParams.get('blobs') === 'true') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.description()))
    } else if (stored?.large) {
      response.writeHead(302, { location: `/storage/${file}` }).end()
    } else if (stored !== undefined) this.send(stored.bytes, undefined, response)
    else if (pathname.startsWith('/storage/')) {
      const path = pathname.slice('/storage/'.length)
      this.send((this.corrupted.get(path) ?? this.files.get(path)!).bytes, range, response)
    } else response.writeHead(pathname.startsWith('/api/') ? 401 : 404).end()
  }

  private send(bytes: Buffer, range: string | undefined, response: ServerResponse): void {
    const start = this.ignoresRanges ? 0 : Number(range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0)
    const body = bytes.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length })
    const cut = this.cutAfter.shift()
    if (cut === undefined || cut >= body.length) response.end(body)
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), LINGER))
  }

  private description() {
    const siblings = [...this.files].map(([rfilename, { bytes, large }]) => {
      const git = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const lfs = { sha256, size: bytes.length, pointerSize: 134 }
      return { rfilename, size: bytes.length, blobId: git, ...(large ? { lfs } : {}) }
    })
    return { id: this.id, modelId: this.id, sha: REVISION, private: false, siblings }
  }
}
