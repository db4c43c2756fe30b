/** Prompts are texts in `prompts/`, with places to fill in. */
import { readFileSync } from 'node:fs'

const texts = new Map<string, string>()

/** The text of `prompts/<name>.md` with every `{{place}}` filled. Throws where a place is left over, or one does not exist. */
export function template(name: string, places: Readonly<Record<string, string>> = {}): string {
  const text = textOf(name)
  const unknown = Object.keys(places).filter(place => !text.includes(`{{${place}}}`))
  if (unknown.length > 0) throw new Error(`The prompt ${name} has no place ${unknown.join(', ')}.`)
  return text.replace(/\{\{(\w+)\}\}/g, (_, place: string) => {
    if (places[place] === undefined) throw new Error(`The prompt ${name} needs ${place}.`)
    return places[place].trimEnd()
  })
}

function textOf(name: string): string {
  const known =
    texts.get(name) ?? readFileSync(new URL(`prompts/${name}.md`, import.meta.url), 'utf8').trimEnd()
  texts.set(name, known)
  return known
}
