/** What all verbs have in common. */
import type { Command } from 'commander'

export interface VerbText {
  /** Name and arguments, e.g. 'watch [run]'. */
  readonly usage: string
  /** One line. */
  readonly about: string
  /** One command to copy. */
  readonly example: string
}

/** Adds a verb to the program; the caller adds its options and its action. */
export const addVerb = (program: Command, { usage, about, example }: VerbText): Command =>
  program
    .command(usage)
    .description(about)
    .option('--json', 'print one JSON object as the last line of standard output')
    .option('--verbose', 'show the stack of an unexpected error')
    .addHelpText('after', `\nExample:\n  $ ${example}`)
