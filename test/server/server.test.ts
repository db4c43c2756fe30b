import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeEpisode } from '../../src/core/episode.ts'
import { type RunServer, startServer } from '../../src/server/server.ts'
import { inFolder } from '../store/fixture.ts'
import { ask, connect, IMPORT_MAP, liveSource, recorded, writePage } from './fixture.ts'

const live = liveSource()
let server: RunServer
let finished = (): void => undefined

beforeAll(
  () =>
    new Promise<void>((resolve, reject) => {
      inFolder(async root => {
        server = await startServer({ port: 0, source: live.source, page: writePage(root) })
        resolve()
        await new Promise<void>(done => {
          finished = done
        })
      }).catch(reject)
    }),
)
afterAll(async () => {
  await server.close()
  finished()
})

const get = (path: string, headers?: Record<string, string>) => ask(server.port, path, headers)

test('the run can be fetched', async () => {
  expect(server.url).toBe(`http://127.0.0.1:${server.port}/`)
  expect(JSON.parse(String((await get('/api/run')).body))).toEqual(live.source.info())
  expect(JSON.parse(String((await get('/api/episodes')).body))).toEqual([recorded.summary])
  const metrics = JSON.parse(String((await get('/api/metrics')).body))
  expect(metrics[0].values).toEqual({ 'loss/policy': 0.5, 'episode/return': null })
  const episode = await get('/api/episodes/e000001')
  expect(episode.headers['content-type']).toBe('application/octet-stream')
  expect(decodeEpisode(episode.body)).toEqual(recorded)
  const program = await get('/api/program.js?v=1')
  expect(program.headers['content-type']).toBe('text/javascript; charset=utf-8')
  expect(String(program.body)).toBe(live.source.program())
  const text = await get('/api/program?v=1')
  expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(String(text.body)).toBe(live.source.program())
  expect((await get('/api/episodes/e9')).status).toBe(404)
  expect((await get('/api/other')).status).toBe(404)
})

test('the page is served with the type of each file and the headers that isolate it', async () => {
  const page = await get('/')
  expect(page.status).toBe(200)
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
  const policy = String(page.headers['content-security-policy']).split('; ')
  const hash = createHash('sha256').update(IMPORT_MAP).digest('base64')
  expect(policy).toContain(`script-src 'self' 'sha256-${hash}'`)
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  const types = {
    '/assets/main.js': 'text/javascript',
    '/carrot-rl.js': 'text/javascript',
    '/assets/logo.svg': 'image/svg',
  }
  for (const [path, type] of Object.entries(types)) {
    const { headers } = await get(path)
    expect(headers['content-type']).toContain(type)
    expect(headers['x-content-type-options']).toBe('nosniff')
  }
  const head = await ask(server.port, '/assets/main.js', {}, 'HEAD')
  expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, '19'])
})

test('no path leads out of the page folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/api/episodes/..%2f..%2fsecret.txt',
    '/api/episodes/../../secret.txt',
  ]) {
    const answer = await get(path)
    expect([path, answer.status]).toEqual([path, 404])
    expect(String(answer.body)).not.toContain('secret')
  }
})

test('requests that other sites make a browser send are refused', async () => {
  const own = `127.0.0.1:${server.port}`
  const status = async (headers: Record<string, string>) => (await get('/api/run', headers)).status
  expect(await status({ host: 'evil.example' })).toBe(403)
  expect(await status({ host: `127.0.0.1.evil.example:${server.port}` })).toBe(403)
  expect(await status({ host: 'localhost@evil.example' })).toBe(403)
  expect(await status({ host: own, origin: 'http://evil.example' })).toBe(403)
  expect(await status({ host: own, origin: 'http://localhost:1' })).toBe(403)
  expect(await status({ host: own, origin: 'null' })).toBe(403)
  expect(await status({ host: own, origin: `http://${own}` })).toBe(200)
  expect(await status({ host: 'localhost:8080' })).toBe(200)
  expect((await ask(server.port, '/api/run', {}, 'POST')).status).toBe(405)
})

test('a socket from another site is refused', async () => {
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { host: 'evil.example' },
    { origin: 'null' },
  ]
  for (const headers of foreign) {
    const { socket } = connect(server.port, headers)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(403)
    socket.on('error', () => undefined)
    socket.terminate()
  }
})

test('a page is greeted, told what happens, and heard', async () => {
  const own = `127.0.0.1:${server.port}`
  const first = connect(server.port, { origin: `http://${own}` })
  const second = connect(server.port)
  for (const page of [first, second]) {
    expect(await page.next()).toEqual({ type: 'hello', protocol: 1, info: live.source.info() })
  }
  const event = { type: 'warning', step: 3, message: 'Look.' } as const
  live.events.next(event)
  for (const page of [first, second]) expect(await page.next()).toEqual({ type: 'event', event })

  first.socket.send(JSON.stringify({ type: 'pause', on: true }))
  for (const page of [first, second]) expect(await page.next()).toEqual({ type: 'paused', on: true })
  first.socket.send(JSON.stringify({ type: 'weights', values: { upright: 2 } }))
  for (const bad of ['{"type":"weights","values":{"upright":"2"}}', '{"type":', '{"type":"reboot"}', '[]']) {
    first.socket.send(bad)
    expect(await first.next()).toMatchObject({ type: 'refused' })
  }
  first.socket.send(Buffer.from('{"type":"pause","on":false}'), { binary: true })
  expect(await first.next()).toMatchObject({ type: 'refused' })
  expect(live.asked).toEqual([
    { type: 'pause', on: true },
    { type: 'weights', values: { upright: 2 } },
  ])
  first.socket.send('x'.repeat(2_000_000))
  expect((await once(first.socket, 'close'))[0]).toBe(1009)
  live.events.next(event)
  expect(await second.next()).toEqual({ type: 'event', event })
  second.socket.terminate()
})

test('a page that does not read loses the oldest messages and holds nobody up', async () => {
  const slow = connect(server.port)
  await slow.next()
  const { _socket: wire } = slow.socket as unknown as { _socket: import('node:net').Socket }
  wire.pause()
  const sent = 40_000
  for (let step = 1; step <= sent; step++) {
    live.events.next({ type: 'warning', step, message: 'x'.repeat(1000) })
    // Lets the server write: it is the wire that is slow, not the server.
    if (step % 100 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  wire.resume()
  let received = 0
  for (let step = 0; step < sent; received++) {
    const message = await slow.next()
    if (message.type !== 'event' || message.event.type !== 'warning') throw new Error('another message')
    expect(message.event.step).toBeGreaterThan(step)
    step = message.event.step
  }
  expect(received).toBeLessThan(sent)
  slow.socket.terminate()
})

test('a taken port is refused when it was asked for, and passed over when it was not', () =>
  inFolder(async root => {
    const page = writePage(root)
    await expect(startServer({ port: server.port, source: live.source, page })).rejects.toMatchObject({
      code: 'port-in-use',
      message: `Port ${server.port} is in use by another program.`,
    })
    await expect(startServer({ port: 99_999, source: live.source, page })).rejects.toMatchObject({
      code: 'bad-argument',
    })
    // Takes the default port, unless somebody else has it already: either way it is taken then.
    const other = createServer()
    await new Promise<void>(resolve => {
      other.once('error', () => resolve())
      other.listen(7777, '127.0.0.1', () => resolve())
    })
    await using moved = await startServer({ source: live.source, page })
    expect(moved.movedFrom).toBe(7777)
    expect(moved.port).toBeGreaterThan(7777)
    expect((await ask(moved.port, '/')).status).toBe(200)
    other.close()
  }))

test('a folder without a page is refused', () =>
  inFolder(async root => {
    await expect(startServer({ port: 0, source: live.source, page: root })).rejects.toMatchObject({
      code: 'unsupported',
    })
  }))
