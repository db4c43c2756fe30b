/** `carrot models`: vision-language models, which turn pictures and texts into numbers that can be compared. */
import type { Command } from 'commander'
import { addModelDistilling } from './modelsDistil.ts'
import { addModelFetching } from './modelsFetch.ts'
import { addModelTraining } from './modelsTrain.ts'

export function addModels(program: Command): void {
  const models = program
    .command('models')
    .description('vision-language models that rewards from pictures are made with')
    .addHelpText('after', '\nExample:\n  $ carrot models list')
  addModelFetching(models)
  addModelTraining(models)
  addModelDistilling(models)
}
