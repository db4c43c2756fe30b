/** How verbs speak: prose for people, one JSON object for programs. */

export interface Voice {
  /** A person is looking: lines may be drawn over. */
  readonly terminal: boolean
  readonly json: boolean
  /** Prose; under --json it goes to standard error, so that standard output holds the object alone. */
  say(text: string): void
  /** What a person should know although they did not ask. */
  warn(text: string): void
  /** The result under --json; nothing otherwise. */
  result(value: object): void
}

export function voice(options: { readonly json?: boolean }): Voice {
  const json = options.json ?? false
  const prose = json ? process.stderr : process.stdout
  return {
    terminal: !json && process.stdout.isTTY === true,
    json,
    say: text => prose.write(`${text}\n`),
    warn: text => process.stderr.write(`${text}\n`),
    result: value => {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
    },
  }
}
