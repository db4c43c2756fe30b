/** From whatever went wrong to one paragraph and an exit code. */
import { CommanderError } from 'commander'
import { CarrotError, describeError } from '../core/errors.ts'
import type { Voice } from './voice.ts'

/** Something the user can mend. */
const USER_ERROR = 1
/** A fault of ours: sysexits.h's EX_SOFTWARE. */
const UNEXPECTED = 70

/** Says what went wrong; returns the exit code. */
export function report(error: unknown, voice: Voice, verbose: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  // No verb was given; commander has shown the help.
  if (error instanceof CommanderError && error.code === 'commander.help') return USER_ERROR
  const known = error instanceof CommanderError ? fromCommander(error) : error
  if (known instanceof CarrotError) {
    voice.warn(describeError(known))
    const { code, message, hint, at } = known
    voice.result({ error: { code, message, hint, ...(at === undefined ? {} : { at }) } })
    return USER_ERROR
  }
  const message = known instanceof Error ? known.message : String(known)
  const hint =
    'That is a fault of carrot: please report it with the output of the same command with --verbose.'
  voice.warn(`Something unexpected went wrong: ${message.replace(/\.$/, '')}. ${hint}`)
  if (verbose && known instanceof Error) voice.warn(known.stack ?? '')
  voice.result({ error: { code: 'unexpected', message, hint } })
  return UNEXPECTED
}

/** "error: unknown option '--x'\n(Did you mean --y?)" as our kind of error. */
function fromCommander({ code, message }: CommanderError): CarrotError {
  const [first, suggestion] = message.replace(/^error: /, '').split('\n')
  const sentence = `${first[0].toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`
  const isVerb = code !== 'commander.unknownCommand' && process.argv[2]?.startsWith('-') === false
  const help = `\`carrot ${isVerb ? `${process.argv[2]} ` : ''}--help\` shows what there is.`
  return new CarrotError(
    'bad-argument',
    sentence,
    suggestion === undefined ? help : `${suggestion.replace(/^\(|\)$/g, '')} ${help}`,
  )
}
