/** The updates that are measured are those PyTorch users write: same losses, clipping and Adam. */
import { findTorch, PYTHONS, torchUpdater } from '../../bench/peers/torch.ts'
import { ppoUpdate } from '../../bench/ppoCase.ts'
import { sacUpdate } from '../../bench/sacCase.ts'
import { expectAgreement } from '../../bench/update.ts'
import { ourUpdater } from '../../bench/updateCase.ts'
import { testWith } from '../needs.ts'

const python = findTorch()
const torchTest = testWith(python !== undefined, `none of ${PYTHONS.join(', ')} has PyTorch`)

const size = { obsSize: 7, actionSize: 3, hidden: [32, 16], rows: 40 }
for (const [name, one] of Object.entries({ PPO: ppoUpdate(size), SAC: sacUpdate(size) })) {
  torchTest(
    `five updates of ${name} here and in PyTorch end at the same parameters and figures`,
    async () => {
      using ours = await ourUpdater('wasm', one)
      using torch = await torchUpdater(python!, one)
      await expectAgreement(
        new Map([
          ['wasm', ours],
          ['PyTorch', torch],
        ]),
        one,
      )
    },
  )
}
