/**
 * Where things lie in the ray caster's memory, in bytes: read by the kernel (AssemblyScript) and by the renderer that
 * fills the memory (TypeScript). Numbers are float32 unless they are said to be i32.
 */

/** The frame: one block at a fixed place, with what changes from picture to picture. */
export const FRAME = 64
/** i32: pixels of the picture, filled up to whole tiles to the right and below. */
export const WIDTH = FRAME
export const HEIGHT = FRAME + 4
/** i32: geoms that are drawn. */
export const GEOMS = FRAME + 8
/** i32: 1 to draw shadows, 1 to smooth edges. */
export const SHADOW = FRAME + 12
export const ANTIALIAS = FRAME + 16
/** i32: addresses of the geoms' records, and of the tiles' lists: GEOMS numbers of 16 bits each. */
export const GEOM_AT = FRAME + 20
export const OPAQUE_AT = FRAME + 24
export const CLEAR_AT = FRAME + 28
export const CASTER_AT = FRAME + 32
/** i32: addresses of the lists' lengths, three numbers of 32 bits per tile. */
export const COUNT_AT = FRAME + 36
/** i32: addresses of the picture, its depths (f32), its geoms (i32), and of 4 bytes per pixel to work with. */
export const COLOR_AT = FRAME + 40
export const DEPTH_AT = FRAME + 44
export const ID_AT = FRAME + 48
export const EDGE_AT = FRAME + 52
/** i32: addresses of the order of the see-through geoms (32 bits each), and of the stack of the tree walk. */
export const ORDER_AT = FRAME + 56
export const STACK_AT = FRAME + 60
/** World frame of the camera: where it is, and its axes to the right, up and ahead. */
export const EYE = FRAME + 64
export const RIGHT = FRAME + 76
export const UP = FRAME + 88
export const AHEAD = FRAME + 100
/** Where the picture begins to the left and above, and the side of a pixel, at distance 1. */
export const TAN_X = FRAME + 112
export const TAN_Y = FRAME + 116
export const PIXEL = FRAME + 120
/** World direction towards the sun. */
export const SUN = FRAME + 124
/** Linear light: from the sun, from straight above, from straight below. */
export const SUN_COLOR = FRAME + 136
export const ABOVE_COLOR = FRAME + 148
export const BELOW_COLOR = FRAME + 160
/** Distance where haze begins, one over the distance over which it closes, and its colour as displayed. */
export const HAZE_FROM = FRAME + 172
export const HAZE_RATE = FRAME + 176
export const HAZE_COLOR = FRAME + 180
/** i32: address and count of the colours of the sky, four numbers each, from straight down to straight up. */
export const SKY_AT = FRAME + 192
export const SKY_COUNT = FRAME + 196
/** Written by the kernel, in the camera's frame: towards the sun, two directions across, up, and what casts shadows. */
export const SUN_LOCAL = FRAME + 208
export const ACROSS_U = FRAME + 220
export const ACROSS_V = FRAME + 232
export const WORLD_UP = FRAME + 244
export const CAST_RECT = FRAME + 256
export const FRAME_BYTES = 320

/** A geom's record. */
export const GEOM_BYTES = 288
/** i32, of the types below. */
export const TYPE = 0
/** i32: 1 when it casts shadows. */
export const CASTS = 4
/** World frame: centre, and rotation by rows. */
export const CENTRE = 8
export const ROTATION = 20
/** Half sizes as in GeomSpec, one over each, and the square of the first. */
export const SIZE = 56
export const PER_SIZE = 68
export const SQUARE = 80
/** Linear colour, and opacity. */
export const COLOR = 84
export const ALPHA = 96
/** Light given off, in parts of the colour. */
export const EMISSION = 100
/** Reflectance head-on, 0 for none; i32: how often the cosine is squared; its norm; and the cosine squared from which it shows. */
export const GLOSS = 104
export const GLOSS_SQUARINGS = 108
export const GLOSS_NORM = 112
export const GLOSS_FROM = 116
/** i32, of the patterns below; i32: address of the texture. */
export const PATTERN = 120
export const TEXTURE = 124
/** Pattern coordinates per metre; for textures wrapped around a mesh, texels per metre first. */
export const SCALE = 128
/** Second colour of a checker, linear. */
export const SECOND = 140
/** i32: addresses of the mesh's tree, its triangles, and what is known at their corners. */
export const TREE = 152
export const TRIANGLES = 156
export const CORNERS = 160
/** Written by the kernel. In the camera's frame: centre and axes. */
export const PLACE = 164
export const AXIS_X = 176
export const AXIS_Y = 188
export const AXIS_Z = 200
/** In the geom's own frame: the eye, and the direction towards the sun. */
export const EYE_OWN = 212
export const SUN_OWN = 224
/** Extent of its shadow: from and to along U, from and to along V, and its end towards the sun. */
export const RECT = 236
/** Half extents and centre of its box, own frame: given for meshes, written for the others. */
export const HALF = 256
export const MIDDLE = 268

export const PLANE = 0
export const SPHERE = 1
export const CAPSULE = 2
export const ELLIPSOID = 3
export const CYLINDER = 4
export const BOX = 5
export const MESH = 6

export const PLAIN = 0
export const CHECKER = 1
export const IMAGE = 2
export const CUBE = 3
export const WRAPPED = 4

/** A node of a mesh's tree: box from, i32 first child or triangle; box to, i32 triangles, or -1 less the axis of the split. */
export const NODE_BYTES = 32
/** A triangle: a corner, and the edges from it to the others. */
export const TRIANGLE_BYTES = 36
/** What is known at the corners of a triangle: normal, u, v; three times. */
export const CORNER_BYTES = 60
/** A texture: i32 width, height, levels, one unused; i32 address of each level, whose texels are four floats. Rows and columns have one more, the first again. */
export const LEVEL_AT = 16
export const TEXTURE_BYTES = 80

/** Pixels along the side of a tile. */
export const TILE = 8
