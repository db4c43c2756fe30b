/** Ctrl-C and its relatives. */

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
export type StopSignal = keyof typeof CODES

/** What a shell expects from a process that ended because of the signal. */
export const exitCode = (signal: StopSignal): number => CODES[signal]

/** One Ctrl-C arrives several times: from the terminal, from npm and from the launcher, each within a moment, ms. */
const SAME_PRESS = 500

/** Resolves at the first signal that asks to stop; a second one ends the process at once. */
export function stopSignal(): Promise<StopSignal> {
  let first: number | undefined
  return new Promise(resolve => {
    const stop = (signal: StopSignal) => {
      const now = performance.now()
      if (first !== undefined && now - first > SAME_PRESS) process.exit(exitCode(signal))
      first ??= now
      resolve(signal)
    }
    for (const signal of Object.keys(CODES) as StopSignal[]) process.on(signal, () => stop(signal))
  })
}

/** What is under way when a signal asks to stop: `signal` is aborted, and `stopped` is by what. */
export interface Halt {
  readonly signal: AbortSignal
  readonly stopped: StopSignal | undefined
}

/** `onStop` hears of the first signal, after the abort; `reason` is what the abort is for. */
export function haltOnSignal(onStop: () => void, reason?: Error): Halt {
  const controller = new AbortController()
  let stopped: StopSignal | undefined
  stopSignal().then(given => {
    stopped = given
    controller.abort(reason)
    onStop()
  })
  return {
    signal: controller.signal,
    get stopped() {
      return stopped
    },
  }
}
