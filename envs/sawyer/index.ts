/** All tasks of the Sawyer. */
import type { EnvDefinition } from '../../src/core/env.ts'
import { buttonPress } from './button.ts'
import { doorClose, doorPair } from './door.ts'
import { drawerClose, drawerOpen, drawerPair } from './drawer.ts'
import { handlePress, handlePressSide } from './handle.ts'
import { doorUnlock } from './lock.ts'
import { sweepInto } from './sweep.ts'
import { windowClose, windowOpen } from './window.ts'

export const sawyerTasks: readonly EnvDefinition[] = [
  buttonPress,
  doorClose,
  doorUnlock,
  doorPair,
  drawerClose,
  drawerOpen,
  drawerPair,
  handlePress,
  handlePressSide,
  sweepInto,
  windowClose,
  windowOpen,
]
