import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['carrot-source'] },
  ssr: { resolve: { conditions: ['carrot-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: ['--conditions=carrot-source'],
    // Physics, browsers and learners each fill a core; more files at once only makes them time out.
    maxWorkers: 2,
  },
})
