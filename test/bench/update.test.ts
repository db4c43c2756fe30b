/** The update that is measured is PPO as PyTorch users write it: same loss, clipping and Adam. */
import { findTorch, PYTHONS, torchUpdater } from '../../bench/peers/torch.ts'
import { ourUpdater, startOf } from '../../bench/ppoCase.ts'
import { expectAgreement } from '../../bench/update.ts'
import { testWith } from '../needs.ts'

const python = findTorch()
const torchTest = testWith(python !== undefined, `none of ${PYTHONS.join(', ')} has PyTorch`)

torchTest('five updates here and in PyTorch end at the same parameters and figures', async () => {
  const size = { obsSize: 7, actionSize: 3, hidden: [32, 16], rows: 40 }
  using ours = await ourUpdater('wasm', size)
  using torch = await torchUpdater(python!, size)
  await expectAgreement(
    new Map([
      ['wasm', ours],
      ['PyTorch', torch],
    ]),
    startOf(size),
  )
})
