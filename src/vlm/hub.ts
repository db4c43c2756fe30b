/** What a model hub says of a model: files, sizes and hashes, by the API of Hugging Face's hub and its mirrors. */
import { z } from 'zod'
import { CarrotError } from '../core/errors.ts'
import { MARK } from './cache.ts'
import { PRECISIONS, type Precision } from './precision.ts'

const PUBLIC_HUB = 'https://huggingface.co'

/** HF_ENDPOINT names another hub, as for Hugging Face's own tools. */
export const defaultHost = (): string => process.env.HF_ENDPOINT || PUBLIC_HUB

export interface HubFile {
  readonly path: string
  readonly bytes: number
  /** Of large files the SHA-256 of their bytes, of others Git's hash (of `blob <bytes>\0` and the bytes). */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly hex: string }
}

export interface HubModel {
  readonly id: string
  /** Commit: what it holds does not change. */
  readonly revision: string
  readonly files: readonly HubFile[]
}

const modelSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().int().nonnegative().nullish(),
      blobId: z.string().nullish(),
      lfs: z.object({ sha256: z.string(), size: z.number().int().nonnegative() }).nullish(),
    }),
  ),
})

/** Asks a hub for a model. Throws CarrotError 'unknown-name', or 'offline' where the hub cannot be reached. */
export async function hubModel(host: string, id: string, revision: string): Promise<HubModel> {
  const url = `${host}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`
  const response = await get(url)
  // Hubs do not tell strangers whether a model is private or not there.
  if ([401, 403, 404].includes(response.status)) {
    throw new CarrotError(
      'unknown-name',
      `${host} shows no model ${id} with a revision ${revision} to the public.`,
      'Check the id. Models that are private, or given out on request, are fetched by hand: give their folder instead.',
    )
  }
  if (!response.ok) throw refused(url, response.status)
  const parsed = modelSchema.safeParse(await response.json().catch(() => undefined))
  if (!parsed.success) {
    throw new CarrotError(
      'bad-file',
      `${url} did not answer as a model hub does.`,
      'Check --host and HF_ENDPOINT: they name a hub, as https://huggingface.co is one.',
    )
  }
  const { sha, siblings } = parsed.data
  const files = siblings.flatMap(({ rfilename, size, blobId, lfs }): HubFile[] => {
    if (lfs) return [{ path: rfilename, bytes: lfs.size, hash: { kind: 'sha256', hex: lfs.sha256 } }]
    if (size == null || blobId == null) return []
    return [{ path: rfilename, bytes: size, hash: { kind: 'git', hex: blobId } }]
  })
  return { id, revision: sha, files }
}

/** Where a file of a model is. */
export const fileUrl = (host: string, { id, revision }: HubModel, path: string): string =>
  `${host}/${id}/resolve/${revision}/${path}`

/** Throws CarrotError 'offline' where nobody answers. */
export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  try {
    return await fetch(url, { headers })
  } catch (error) {
    throw offline(url, error)
  }
}

export function offline(url: string, error: unknown): CarrotError {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  return new CarrotError(
    'offline',
    `${new URL(url).origin} cannot be reached (${cause?.code ?? cause?.message ?? message}).`,
    'Check the connection; --host or HF_ENDPOINT name a mirror. Or copy the model’s folder from a machine that has it, and give its path.',
  )
}

export const refused = (url: string, status: number): CarrotError =>
  new CarrotError('offline', `${url} answered with status ${status}.`, 'Try again later, or another --host.')

const TEXT_FILES = [
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'lexicon.json',
  // Last, so that a folder is a model once it is whole.
  MARK,
]

/** The files that a dual encoder needs, in the order in which to fetch them. Throws CarrotError 'bad-file'. */
export function neededFiles({ id, files }: HubModel, precision?: Precision): HubFile[] {
  const asked = precision === undefined ? (Object.keys(PRECISIONS) as Precision[]) : [precision]
  const networks = asked.map(each => networkFiles(files, each)).find(found => found !== undefined)
  if (networks === undefined) {
    const there = files.map(({ path }) => path).filter(path => path.endsWith('.onnx'))
    throw new CarrotError(
      'bad-file',
      `${id} has no onnx/vision_model.onnx with onnx/text_model.onnx, and no onnx/model.onnx${precision === undefined ? '' : `, of precision ${precision}`}.`,
      there.length > 0
        ? `It has ${there.join(', ')}; ask for another --precision.`
        : 'Take a repository with an onnx folder, or export the model yourself (optimum-cli export onnx) and give its folder.',
    )
  }
  if (!files.some(({ path }) => path === MARK)) {
    throw new CarrotError(
      'bad-file',
      `${id} has no ${MARK}.`,
      'Take a repository in the layout of Hugging Face.',
    )
  }
  const texts = TEXT_FILES.flatMap(name => files.filter(({ path }) => path === name))
  return [...networks, ...texts]
}

/** Networks of one precision, with the weights that large ones keep in files beside them. */
function networkFiles(files: readonly HubFile[], precision: Precision): HubFile[] | undefined {
  const of = (name: string) =>
    files.filter(({ path }) =>
      new RegExp(`^(onnx/)?${name}${PRECISIONS[precision]}\\.onnx([_.]data(_\\d+)?)?$`).test(path),
    )
  const [vision, text, joint] = ['vision_model', 'text_model', 'model'].map(of)
  if (vision.length > 0 && text.length > 0) return [...vision, ...text]
  return joint.length > 0 ? joint : undefined
}
