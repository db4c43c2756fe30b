/** How every scene is lit and tinted, whichever renderer draws it: a low sun, light from all around, and haze far away. */
import type { SceneSpec, Triple } from '../core/scene.ts'

/** Where the sunlight goes when the scene does not say. */
const SUN: Triple = [0.45, 0.6, -1.4]
/** Lower than this above the horizon, shadows would grow too long: sine of the elevation. */
const LOWEST = 0.25
/** Straight down, a body would stand on its own shadow: the sun is drawn this far aside, as the cosine of the elevation. */
const ASIDE = 0.35

/** Light on a white surface that faces it, linear: of the sun, and of what is straight above and below. */
export const SUN_COLOR: Triple = [0.62, 0.585, 0.54]
export const ABOVE_COLOR: Triple = [0.44, 0.46, 0.49]
export const BELOW_COLOR: Triple = [0.34, 0.31, 0.28]

/** Reflectance of a material whose `specular` is 1, head-on. */
const GLOSS = 0.08
/** Exponent of a highlight whose `shininess` is 1. */
const SHARPEST = 128

const HAZE: Triple = [0xee / 255, 0xf1 / 255, 0xf4 / 255]
/** In distances from the camera to what it looks at: where haze begins, and where it is all there is. */
export const HAZE_FROM = 2.2
export const HAZE_TO = 8.8

/** Unit vector towards the sun. */
export function towardsSun({ sun = SUN }: SceneSpec): Triple {
  const length = Math.hypot(...sun)
  let [x, y, z] = sun.map(s => -s / length)
  const across = Math.hypot(x, y)
  if (z < LOWEST) z = LOWEST
  if (across < ASIDE) {
    const [dx, dy] = across > 1e-6 ? [x / across, y / across] : [-0.6, -0.8]
    x = ASIDE * dx
    y = ASIDE * dy
  }
  const norm = Math.hypot(x, y, z)
  return [x / norm, y / norm, z / norm]
}

/** Colours of the sky from straight down to straight up, sRGB; one when it is the same everywhere. */
export const skyOf = ({ sky = [HAZE] }: SceneSpec): readonly Triple[] => sky

/** What fades in far away: the sky at the horizon. */
export function hazeOf(scene: SceneSpec): Triple {
  const sky = skyOf(scene)
  return sky[Math.floor(sky.length / 2)]
}

/** Reflectance head-on, and the exponent, a power of two. */
export function glossOf({ specular = 0.5, shininess = 0.5 }: { specular?: number; shininess?: number }) {
  const squarings = Math.round(Math.log2(Math.max(2, shininess * SHARPEST)))
  return { reflectance: GLOSS * specular, exponent: 2 ** squarings, squarings }
}

/** sRGB to linear light. */
export const linear = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
