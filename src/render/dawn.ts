/** A graphics card in Node: Dawn, Chromium's WebGPU, from the npm package `webgpu`, which is optional. */
import { CarrotError } from '../core/errors.ts'

/** What the package is. Named here, as its types are not there where it is not installed. */
interface Dawn {
  create(options: readonly string[]): GPU
  readonly globals: Readonly<Record<string, unknown>>
}
const PACKAGE = 'webgpu'
/** In a checkout they are optional to the root itself, and npm takes away what is so and not asked for in another way. */
const INSTALL = import.meta.url.includes('/node_modules/')
  ? 'npm install three webgpu'
  : 'npm install --no-save -D webgpu'

export interface Card {
  readonly device: GPUDevice
  /** As its driver names it. */
  readonly name: string
  /** Dawn itself: promises of its devices stay open for ever once nothing refers to it. */
  readonly dawn: GPU
}

/** What to do where there is no graphics card. */
export const ON_CPU = 'Draw on the CPU with --renderer soft.'

/** `software`: take a device in software too. Throws CarrotError 'unsupported' where the package or a card is missing. */
export async function openCard(software: boolean): Promise<Card> {
  const { create, globals } = await loadDawn()
  // three.js asks for WebGPU's constants by these names.
  Object.assign(globalThis, globals)
  const dawn = create([])
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) {
    throw new CarrotError(
      'unsupported',
      'No graphics card was found that WebGPU can draw on.',
      `On Linux it needs the card's Vulkan driver and libvulkan.so.1. ${ON_CPU}`,
    )
  }
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info
  const name = description || `${vendor} ${architecture}`
  if (isFallbackAdapter && !software) {
    throw new CarrotError(
      'unsupported',
      `The only device that WebGPU can draw on is software (${name}), which is slower than our own renderer.`,
      ON_CPU,
    )
  }
  return { device: await adapter.requestDevice(), name, dawn }
}

async function loadDawn(): Promise<Dawn> {
  try {
    await import('three')
    return await import(PACKAGE)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ERR_MODULE_NOT_FOUND' ? '' : ` They do not load here: ${message}`
    throw new CarrotError(
      'unsupported',
      `Drawing on a graphics card takes the npm packages three and webgpu, which are not part of carrot.${why}`,
      `Install them with \`${INSTALL}\`, or draw on the CPU with --renderer soft.`,
    )
  }
}
