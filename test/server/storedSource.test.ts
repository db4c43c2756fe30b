import { firstValueFrom, take, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { startServer } from '../../src/server/server.ts'
import { storedRunSource } from '../../src/server/storedSource.ts'
import { createRun, openRun } from '../../src/store/index.ts'
import {
  env,
  episode,
  episodeEvent,
  inFolder,
  metrics,
  module,
  newRun,
  program,
  scene,
  start,
  summary,
} from '../store/fixture.ts'
import { ask, connect, writePage } from './fixture.ts'

test('a stored run is shown as it was recorded, and followed while it is being recorded', () =>
  inFolder(async root => {
    await using store = createRun(newRun(root))
    store.event(start())
    store.event(metrics(8))
    await store.episode(episode(summary('e1', 8)))
    store.event(episodeEvent(summary('e1', 8)))

    const source = storedRunSource(openRun(store.folder))
    expect(source.info()).toEqual({
      run: store.name,
      env,
      scene,
      program,
      gamma: 0.99,
      live: false,
      step: 8,
      steps: 1000,
      paused: false,
    })
    expect(source.metrics()).toEqual([{ step: 8, seconds: 0.08, values: { 'loss/policy': 1 } }])
    expect(source.episodes()).toEqual([summary('e1', 8)])
    expect((await source.episode('e1'))?.length).toBeGreaterThan(500)
    expect(await source.episode('../run')).toBeUndefined()
    expect(source.program()).toBe(module)

    const news = firstValueFrom(source.events$.pipe(take(2), toArray()))
    store.event(metrics(16))
    store.event(metrics(24))
    expect(await news).toEqual([metrics(16), metrics(24)])
    expect(source.info().step).toBe(24)
  }))

test('a page that only watches is told so when it wants to change the run', () =>
  inFolder(async root => {
    await using store = createRun(newRun(root))
    const source = storedRunSource(openRun(store.folder))
    await using server = await startServer({ port: 0, source, page: writePage(root) })
    expect(JSON.parse(String((await ask(server.port, '/api/run')).body)).live).toBe(false)
    const { socket, next } = connect(server.port)
    expect(await next()).toMatchObject({ type: 'hello', info: { live: false } })
    socket.send(JSON.stringify({ type: 'pause', on: true }))
    expect(await next()).toMatchObject({ type: 'refused', message: expect.stringContaining('not training') })
    store.event(metrics(8))
    expect(await next()).toEqual({ type: 'event', event: metrics(8) })
    socket.terminate()
  }))
