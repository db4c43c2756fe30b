/** The command line: one file a verb. Verbs load what they need when they run, so that help is quick. */
import { Command } from 'commander'
import { addBench } from './bench.ts'
import { addCheck } from './check.ts'
import { addCheckEnv } from './checkEnv.ts'
import { addDoctor } from './doctor.ts'
import { report } from './errors.ts'
import { addEval } from './eval.ts'
import { addReport } from './experiment.ts'
import { addExport } from './export.ts'
import { addImprove } from './improve.ts'
import { addList } from './list.ts'
import { addModels } from './models.ts'
import { addNew } from './new.ts'
import { packageVersion } from './package.ts'
import { addRandomise } from './randomise.ts'
import { addScore } from './score.ts'
import { addSearch } from './search.ts'
import { addTrain } from './train.ts'
import { voice } from './voice.ts'
import { addWatch } from './watch.ts'

const program = new Command('carrot')
  .description('Trains simulated robots from text, shows them learning, and takes your own reward programs.')
  .version(packageVersion())
  .exitOverride()
  // What is wrong is told once, by report().
  .configureOutput({ outputError: () => undefined })
  .addHelpText('after', '\nExample:\n  $ carrot train hopper --text "hop forward as fast as you can"')

addTrain(program)
addImprove(program)
addSearch(program)
addRandomise(program)
addWatch(program)
addScore(program)
addEval(program)
addExport(program)
addReport(program)
addBench(program)
addList(program)
addModels(program)
addNew(program)
addCheck(program)
addCheckEnv(program)
addDoctor(program)

const { argv, env } = process
const speaking = voice({ json: argv.includes('--json') })
const verbose = argv.includes('--verbose') || Boolean(env.DEBUG)

const fail = (error: unknown): void => {
  process.exitCode = report(error, speaking, verbose)
}
process.on('uncaughtException', error => {
  fail(error)
  process.exit()
})
// Whoever reads our output has seen enough, as in `carrot list envs | head -1`.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

await program.parseAsync(argv).catch(fail)
