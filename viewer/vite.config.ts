/**
 * Builds the page, and beside it `carrot-rl.js`, what a reward program's import of 'carrot-rl' resolves to, and `sandbox.js`,
 * the worker of programs that nobody vouches for.
 */
import { defineConfig } from 'vite'

const here = import.meta.dirname

export default defineConfig({
  // The same page whatever NODE_ENV is where it is built: tests set it to 'test'.
  resolve: { conditions: ['module', 'browser', 'production'] },
  build: {
    target: 'es2023',
    // Browsers that run the page preload modules by themselves; the helper would be one more inline script.
    modulePreload: { polyfill: false },
    // Code of the 3D scene is one large file.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: {
        page: `${here}/index.html`,
        'carrot-rl': `${here}/../rewards/index.ts`,
        sandbox: `${here}/../src/sandbox/pageWorker.ts`,
      },
      // The page shares its code, and yet exports exactly what programs import.
      preserveEntrySignatures: 'strict',
      output: {
        entryFileNames: ({ name }) => (name === 'page' ? 'assets/[name]-[hash].js' : '[name].js'),
      },
    },
  },
})
