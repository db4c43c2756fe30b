/** Opening a door: ManiSkill2's OpenCabinetDoor-v1 (Gu et al., ICLR 2023). */
import { cabinetTask } from './cabinet.ts'
import { drive, pointingAlong, wrap } from './driving.ts'
import { pullHandle } from './pulling.ts'

/** Where the door is hinged, x and y, m; and how far it goes, rad. */
const HINGE = [-0.24, 0.38]
const RANGE = Math.PI / 2
/** How far the base may run ahead of the door, rad. */
const LEAD = 0.2

export const openCabinetDoor = cabinetTask({
  id: 'open-cabinet-door',
  about: 'A mobile arm that opens the door of a cabinet.',
  part: 'door',
  expert: control =>
    // The robot goes round the hinge with the door, as if it were fixed to the handle.
    pullHandle(control, { roll: 0, standoff: 0.93 }, (s, base, reach, action) => {
      const angle = s.openness[0] * RANGE
      const [rx, ry] = s.robotPosition
      const gone = Math.min(turned(base.x, base.y, rx, ry), angle + LEAD)
      const [x, y] = around(base.x, base.y, angle + LEAD)
      drive(s, x, y, -gone, 0, action)
      const [hx, hy, hz] = s.handlePosition
      reach([...around(hx, hy, gone - angle), hz], pointingAlong(-gone))
    }),
})

/** A place on the floor, turned with the door. */
function around(x: number, y: number, angle: number): [number, number] {
  const [dx, dy] = [x - HINGE[0], y - HINGE[1]]
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  return [HINGE[0] + c * dx + s * dy, HINGE[1] + c * dy - s * dx]
}

/** By how much a place has turned with the door since it was at `fromX`, `fromY`, rad. */
function turned(fromX: number, fromY: number, x: number, y: number): number {
  return wrap(Math.atan2(fromY - HINGE[1], fromX - HINGE[0]) - Math.atan2(y - HINGE[1], x - HINGE[0]))
}
