/** Asking again when an endpoint fails in a way that may pass; else, what that means to the person at the keyboard. */
import { setTimeout as pause } from 'node:timers/promises'
import { CarrotError } from '../core/errors.ts'
import { ChatFault, type FaultKind } from './chat.ts'
import { type Endpoint, keyVariable } from './endpoint.ts'

export interface Patience {
  readonly signal?: AbortSignal
  /** Told before every wait, in a sentence. */
  readonly onWait?: (message: string) => void
}

/** Times a question is asked. */
const ATTEMPTS = 4
/** Seconds before asking again, where the endpoint does not say; doubled each time. */
const FIRST_WAIT = 1
/** An endpoint that asks for more than this has had enough of us, seconds. */
const LONGEST_WAIT = 60

const PASSING: readonly FaultKind[] = ['limit', 'server', 'connection', 'stream']

/** Throws what `ask` throws last. */
export async function patiently<T>(ask: () => Promise<T>, { signal, onWait }: Patience = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof ChatFault) || !PASSING.includes(error.kind) || attempt === ATTEMPTS) throw error
      const wait = error.retryAfter ?? FIRST_WAIT * 2 ** (attempt - 1)
      // Nothing listens there: asking again at once would only be slower.
      if (wait > LONGEST_WAIT || error.said === 'ECONNREFUSED') throw error
      onWait?.(`${REASONS[error.kind]}; asking again in ${Number(wait.toFixed(1))} s.`)
      await pause(wait * 1000, undefined, { signal })
    }
  }
}

const REASONS: Readonly<Record<FaultKind, string>> = {
  key: 'The key was refused',
  model: 'There is no such model',
  request: 'The question was refused',
  limit: 'The endpoint is asked too often',
  server: 'The endpoint has a fault of its own',
  connection: 'The endpoint was not reached',
  silence: 'The endpoint fell silent',
  stream: 'The answer broke off',
}

/** A fault as an error for the user. */
export function explained(fault: ChatFault, endpoint: Endpoint): CarrotError {
  const { kind, said, status, retryAfter } = fault
  const words = said === '' ? '' : ` (${status === undefined ? '' : `${status}: `}${said.replace(/\.$/, '')})`
  const wait = retryAfter === undefined ? '' : ` and asks to wait ${Math.ceil(retryAfter)} s`
  const { id, url } = endpoint
  const [what, hint] = {
    key: [`${url} refused the key for ${id}${words}.`, keyHint(endpoint)],
    model: [
      `${url} does not know ${endpoint.model}${words}.`,
      'Check the name after the slash, and --llm-url; a local server must have pulled the model first.',
    ],
    request: [
      `${url} refused the question${words}.`,
      'Leave out what the model does not take (--llm-temperature), or choose one with more context.',
    ],
    limit: [
      `${url} answers no more for now${wait}${words}.`,
      'Give the same command again later: answers there are already are kept. The account may also be out of credit.',
    ],
    server: [`${url} has a fault of its own${words}.`, LATER],
    connection: [
      `Nothing answers at ${url}${words}.`,
      endpoint.local
        ? `Start ${endpoint.provider}, or say where it runs with --llm-url.`
        : 'Check the network and --llm-url.',
    ],
    silence: [
      `${url} has said ${said}.`,
      'A larger model may need longer: --llm-timeout <seconds>; or the server hangs.',
    ],
    stream: [`What ${url} sent is no answer${words}.`, `Is it an endpoint for chat completions? ${LATER}`],
  }[kind]
  return new CarrotError('no-answer', what, hint)
}

const LATER = 'Give the same command again: answers there are already are kept.'

const keyHint = ({ provider }: Endpoint): string =>
  `Check the key in ${keyVariable(provider)} or in the file of --llm-key-file, and that its account may use this model.`
