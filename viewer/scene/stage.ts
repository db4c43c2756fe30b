/** The 3D scene in the page: draws the moment on show, and lets it be looked at from all sides. */
import { WebGLRenderer } from 'three'
import type { EpisodeRecord } from '../../src/core/episode.ts'
import type { SceneSpec } from '../../src/core/scene.ts'
import { prepareRenderer, ThreeScene } from '../../src/render/threeScene.ts'
import { type State, shownTime } from '../state.ts'
import { poseAt } from './pose.ts'
import { Rig } from './rig.ts'

/** More pixels than this a point do not show. */
const MAX_DENSITY = 2

/** Everything that depends on which environment it is. */
interface Scenery {
  readonly spec: SceneSpec
  readonly scene: ThreeScene
  readonly rig: Rig
}

export class Stage {
  /** Why nothing can be drawn; undefined when it can. */
  readonly blind: string | undefined
  private readonly host: HTMLElement
  private readonly renderer: WebGLRenderer | undefined
  private set: Scenery | undefined
  private camera = -1
  private record: EpisodeRecord | undefined
  private time = -1
  /** Something else than the state has changed: size, or the view by hand. */
  private stale = true
  private last: State | undefined

  constructor(host: HTMLElement) {
    this.host = host
    try {
      this.renderer = newRenderer()
      host.append(this.renderer.domElement)
    } catch (error) {
      this.blind = (error as Error).message
    }
    new ResizeObserver(() => this.resize()).observe(host)
    this.listen()
  }

  /** Draws, if what is to be seen has changed. */
  draw(state: State): void {
    this.last = state
    const { info, open } = state
    if (info === undefined) return
    if (this.set === undefined || !sameScene(this.set.spec, info.scene)) this.build(info.scene)
    const { scene, rig } = this.set as Scenery
    const time = shownTime(state)
    const same = open === this.record && time === this.time && state.camera === this.camera
    if ((same && !this.stale) || open === undefined) return
    if (state.camera !== this.camera) rig.choose(state.camera)
    Object.assign(this, { record: open, time, camera: state.camera, stale: false })
    const now = poseAt(open, time)
    scene.setPose(now, 0, rig.subject)
    scene.setDistance(rig.place(now, poseAt(open, 0)))
    this.renderer?.render(scene.scene, rig.camera)
  }

  /** [bodies, 7] world poses of what is drawn; undefined before anything is. */
  drawnPoses(): Float32Array | undefined {
    return this.record === undefined ? undefined : this.set?.scene.readPose()
  }

  private build(spec: SceneSpec): void {
    this.set?.scene.dispose()
    this.set = { spec, scene: new ThreeScene(spec), rig: new Rig(spec) }
    this.set.rig.choose(this.camera)
    this.resize()
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.host
    this.renderer?.setPixelRatio(Math.min(devicePixelRatio, MAX_DENSITY))
    this.renderer?.setSize(clientWidth, clientHeight)
    this.set?.rig.resize(clientWidth, clientHeight)
    this.stale = true
    // At once: a canvas of another size is empty.
    if (this.last !== undefined) this.draw(this.last)
  }

  private listen(): void {
    const { host } = this
    host.addEventListener('pointerdown', event => host.setPointerCapture(event.pointerId))
    host.addEventListener('pointermove', event => {
      if (!host.hasPointerCapture(event.pointerId)) return
      this.set?.rig.turn(event.movementX, event.movementY)
      this.stale = true
    })
    host.addEventListener(
      'wheel',
      event => {
        event.preventDefault()
        this.set?.rig.move(event.deltaY)
        this.stale = true
      },
      { passive: false },
    )
    this.renderer?.domElement.addEventListener('webglcontextrestored', () => {
      this.stale = true
    })
    host.addEventListener('dblclick', () => {
      this.set?.rig.choose(this.camera)
      this.stale = true
    })
  }
}

/** Greeted again after a lost connection, the page is sent the same scene as a new value. */
const sameScene = (a: SceneSpec, b: SceneSpec): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** Throws when the browser gives no WebGL 2. */
function newRenderer(): WebGLRenderer {
  const canvas = document.createElement('canvas')
  // Asked for here: three would write a page of errors before it throws.
  const context = canvas.getContext('webgl2', { antialias: true, powerPreference: 'high-performance' })
  if (context === null) throw new Error('This browser has no WebGL 2, or it is switched off.')
  const renderer = new WebGLRenderer({ canvas, context, antialias: true })
  prepareRenderer(renderer)
  return renderer
}
