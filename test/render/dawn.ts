/** Tests of three.js on Dawn, which is an optional package, on a device in software. */
import { createRequire } from 'node:module'
import { isVulkanThere } from '../graph/vulkan.ts'
import { testWith } from '../needs.ts'

const MISSING =
  'The npm package webgpu, which draws on graphics cards, or software Vulkan to test it on was not found: npm install --no-save -D webgpu, and see above.'

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('webgpu')
    return true
  } catch {
    return false
  }
}

/** `test` for what needs them. In CI it fails without; elsewhere it is skipped, and said so. */
export const dawnTest = testWith((isVulkanThere && isInstalled()) || Boolean(process.env.CI), MISSING)
