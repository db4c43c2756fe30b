/** A Vulkan device in software, so that the GPU's path is tested where there is no GPU. Nothing is downloaded. */
import { existsSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findBrowser } from '../../bench/peers/browser.ts'
import { testWith } from '../needs.ts'

const MISSING =
  'No software Vulkan was found: install libvulkan1 and Chromium or Chrome (they bring SwiftShader along), on Linux.'

const LOADERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']

/** SwiftShader beside the browser's executable. Wrapper scripts name its folder; Debian's is in /usr/lib. */
function swiftShader(): string | undefined {
  const browser = findBrowser()
  const folders = browser === undefined ? [] : [dirname(realpathSync(browser))]
  const usual = [
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    '/opt/microsoft/msedge',
  ]
  return [...folders, ...usual].map(folder => join(folder, 'libvk_swiftshader.so')).find(existsSync)
}

function findVulkan(): string | undefined {
  if (process.platform !== 'linux') return undefined
  if (!LOADERS.some(folder => existsSync(join(folder, 'libvulkan.so.1')))) return undefined
  return swiftShader()
}

const library = findVulkan()
export const isVulkanThere = library !== undefined

/** Makes this process see the software device only. Call it before the first session on WebGPU. */
export function useSoftwareVulkan(): void {
  if (library === undefined) throw new Error(MISSING)
  const file = join(mkdtempSync(join(tmpdir(), 'carrot-vulkan-')), 'swiftshader.json')
  const driver = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.1.0' } }
  writeFileSync(file, JSON.stringify(driver))
  // The second name is that of loaders before 1.3.207.
  process.env.VK_DRIVER_FILES = file
  process.env.VK_ICD_FILENAMES = file
}

/** `test` for what needs software Vulkan. Without it the test fails in CI; elsewhere it is skipped, and said so. */
export const vulkanTest = testWith(isVulkanThere || Boolean(process.env.CI), MISSING)
