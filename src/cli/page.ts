/** Serving the page to look at a run. */
import { createServer } from 'node:net'
import { CarrotError } from '../core/errors.ts'
import type { RunServer } from '../server/server.ts'
import type { RunSource } from '../server/source.ts'
import type { Voice } from './voice.ts'

/** Building that takes longer than this is worth a word, ms. */
const NOTICEABLE = 700

/** Folder of the page, built first where it has to be. Throws CarrotError 'unsupported'. */
export async function preparePage(voice: Voice): Promise<string> {
  const { ensurePage } = await import('../server/page.ts')
  const timer = setTimeout(() => voice.say('Building the page; later starts reuse it.'), NOTICEABLE)
  return await ensurePage().finally(() => clearTimeout(timer))
}

/** Serves it, and says where. */
export async function servePage(
  source: RunSource,
  page: string,
  port: number | undefined,
  voice: Voice,
): Promise<RunServer> {
  const { startServer } = await import('../server/server.ts')
  const server = await startServer({ source, page, port })
  if (server.movedFrom !== undefined) {
    voice.say(`Port ${server.movedFrom} is in use by another program, so the page is at ${server.port}.`)
  }
  voice.say(`Watch it: ${server.url}`)
  return server
}

/** Throws CarrotError 'port-in-use' before anything is started in vain. */
export async function checkPort(port: number): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', error => {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') resolve()
      else
        reject(
          new CarrotError(
            'port-in-use',
            `Port ${port} is in use by another program.`,
            'Choose another with --port, or leave --port out to get the next free one.',
          ),
        )
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}
