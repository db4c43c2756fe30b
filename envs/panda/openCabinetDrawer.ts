/** Opening a drawer: ManiSkill2's OpenCabinetDrawer-v1 (Gu et al., ICLR 2023). */
import { cabinetTask } from './cabinet.ts'
import { drive, pointingAlong } from './driving.ts'
import { pullHandle } from './pulling.ts'

/** A little further than needed, m. */
const PULL = 0.35
/** How far the base and the gripper run ahead of the drawer, m. */
const LEAD = 0.08

export const openCabinetDrawer = cabinetTask({
  id: 'open-cabinet-drawer',
  about: 'A mobile arm that opens the drawer of a cabinet.',
  part: 'drawer',
  expert: control =>
    pullHandle(control, { roll: Math.PI / 2, standoff: 0.85 }, (s, base, reach, action) => {
      const pulled = Math.min(base.along - s.handlePosition[0] + LEAD, PULL)
      drive(s, base.x - pulled, base.y, 0, 0, action)
      const [x, y, z] = s.handlePosition
      reach([x - LEAD / 2, y, z], pointingAlong(0, Math.PI / 2))
    }),
})
