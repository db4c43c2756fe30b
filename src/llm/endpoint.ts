/** Which model is asked, where, and with which key. */
import { readFileSync } from 'node:fs'
import { CarrotError, closest } from '../core/errors.ts'

/** The two ways in which endpoints talk. */
export type Wire = 'openai' | 'anthropic'

export interface Endpoint {
  /** '<provider>/<model>', as stored and shown. */
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly wire: Wire
  readonly url: string
  /** Never stored, never shown. Absent: the endpoint wants none. */
  readonly key?: string
  /** It runs on the user's own machines and costs nothing. */
  readonly local: boolean
}

export interface EndpointSettings {
  /** '<provider>/<model>'; with `url`, any name. */
  readonly llm: string
  readonly llmUrl?: string
  readonly llmKeyFile?: string
}

interface Provider {
  readonly wire: Wire
  readonly url: string
  /** Environment variable of its key. */
  readonly key?: string
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: { wire: 'openai', url: 'https://api.openai.com/v1', key: 'OPENAI_API_KEY' },
  anthropic: { wire: 'anthropic', url: 'https://api.anthropic.com/v1', key: 'ANTHROPIC_API_KEY' },
  ollama: { wire: 'openai', url: 'http://127.0.0.1:11434/v1' },
  vllm: { wire: 'openai', url: 'http://127.0.0.1:8000/v1' },
  llamacpp: { wire: 'openai', url: 'http://127.0.0.1:8080/v1' },
}
/** Of any endpoint. */
const KEY = 'CARROT_LLM_KEY'

/** Environment variable that a provider's key is looked for in. */
export const keyVariable = (provider: string): string => PROVIDERS[provider]?.key ?? KEY

/** The model that the user named, now or once for all. */
export const modelNamed = (llm?: string): string | undefined => llm ?? (process.env.CARROT_LLM || undefined)

const wrong = (message: string, hint: string): CarrotError => new CarrotError('bad-argument', message, hint)

/** Throws CarrotError 'bad-argument' for a model that cannot be meant, a missing key, and a wrong address. */
export function endpointOf(settings: EndpointSettings, env: NodeJS.ProcessEnv = process.env): Endpoint {
  const { llm, llmUrl, llmKeyFile } = settings
  const [, name = '', model = ''] = /^([^/]+)\/(.+)$/.exec(llm) ?? []
  const provider = PROVIDERS[name]
  if (provider === undefined && llmUrl === undefined) throw unknownModel(llm, name)
  const key = keyOf(llmKeyFile, provider?.key, env)
  if (key === undefined && provider?.key !== undefined && llmUrl === undefined) {
    throw wrong(
      `${llm} needs a key, and there is none.`,
      `Set ${provider.key} in the environment, or keep the key in a file of its own and name that with --llm-key-file.`,
    )
  }
  return {
    id: llm,
    provider: provider === undefined ? 'custom' : name,
    model: provider === undefined ? llm : model,
    wire: provider?.wire ?? 'openai',
    url: addressOf(llmUrl ?? provider.url),
    ...(key === undefined ? {} : { key }),
    local: provider !== undefined && provider.key === undefined,
  }
}

function unknownModel(llm: string, name: string): CarrotError {
  const names = Object.keys(PROVIDERS)
  const near = name === '' ? undefined : closest(name, names)
  return wrong(
    `'${llm}' names no language model that can be reached.`,
    near !== undefined
      ? `Did you mean '${near}/…'?`
      : `Write <provider>/<model>, e.g. ollama/qwen3, with ${names.join(', ')} as the provider; or say where it is with --llm-url.`,
  )
}

/** The file wins over the environment, carrot's own variable over the provider's. */
function keyOf(
  file: string | undefined,
  variable: string | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const key = file === undefined ? env[KEY] || (variable && env[variable]) : readKey(file)
  return key?.trim() || undefined
}

function readKey(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw wrong(
      `The key file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
      'Check its path and permissions.',
    )
  }
  // What is in it is not shown, whatever it is.
  if (/^\S+$/.test(text)) return text
  throw wrong(`The key file ${file} does not hold one key.`, 'Write the key alone into it, in one line.')
}

function addressOf(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw wrong(
      `--llm-url is no address: ${url}.`,
      'Write it with its scheme, e.g. http://127.0.0.1:8000/v1.',
    )
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw wrong(
      '--llm-url holds a name or a password, which would be stored with the run.',
      `Leave it out and give the key with ${KEY} or --llm-key-file.`,
    )
  }
  return parsed.href.replace(/\/$/, '')
}
