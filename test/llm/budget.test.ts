import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Budget, priceOf } from '../../src/llm/budget.ts'
import { endpointOf } from '../../src/llm/endpoint.ts'
import { programIn } from '../../src/llm/extract.ts'
import { examplesFor, nameFor } from '../../src/llm/prompt.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (text: string): string => {
  const path = join(folder, 'key')
  writeFileSync(path, text)
  return path
}

test('where a model is, and whose key it gets', () => {
  const env = { OPENAI_API_KEY: 'from-openai', CARROT_LLM_KEY: '' }
  expect(endpointOf({ llm: 'openai/gpt-5' }, env)).toMatchObject({
    model: 'gpt-5',
    url: 'https://api.openai.com/v1',
    key: 'from-openai',
  })
  expect(endpointOf({ llm: 'openai/gpt-5' }, { ...env, CARROT_LLM_KEY: 'own' }).key).toBe('own')
  expect(endpointOf({ llm: 'openai/gpt-5', llmKeyFile: file('from-file\n') }, env).key).toBe('from-file')
  expect(endpointOf({ llm: 'ollama/library/qwen3:8b' }, {})).toMatchObject({
    model: 'library/qwen3:8b',
    url: 'http://127.0.0.1:11434/v1',
    local: true,
  })
  // A key of one provider is not sent to whatever address is given.
  expect(endpointOf({ llm: 'mine', llmUrl: 'https://host/v1/' }, env)).toMatchObject({
    model: 'mine',
    url: 'https://host/v1',
  })
  expect(endpointOf({ llm: 'mine', llmUrl: 'https://host/v1/' }, env).key).toBeUndefined()
  expect(() => endpointOf({ llm: 'openai/gpt-5' }, {})).toThrow('needs a key')
  expect(() => endpointOf({ llm: 'gpt-5' }, env)).toThrow("'gpt-5' names no language model")
  expect(() => endpointOf({ llm: 'mine', llmUrl: 'host/v1' }, env)).toThrow('no address')
  expect(() => endpointOf({ llm: 'openai/gpt-5', llmKeyFile: file('two words') }, env)).toThrow(
    /does not hold one key/,
  )
  expect(() => endpointOf({ llm: 'openai/gpt-5', llmKeyFile: join(folder, 'none') }, env)).toThrow('ENOENT')
})

test('what a model costs: dated names as their series, local ones nothing, others unknown', () => {
  const price = (llm: string) => priceOf(endpointOf({ llm, llmUrl: 'http://host' }, {}))
  expect(price('openai/gpt-4.1-2025-04-14')).toEqual({ read: 2, written: 8 })
  expect(price('openai/gpt-4.1-mini')).toEqual({ read: 0.4, written: 1.6 })
  expect(price('anthropic/claude-haiku-4-5-20251001')).toEqual({ read: 1, written: 5 })
  expect(price('openai/gpt-4.1-unheard')).toBeUndefined()
  expect(price('vllm/any')).toEqual({ read: 0, written: 0 })
})

test('a budget leaves room for what is under way, and gives back what was not taken', () => {
  const budget = new Budget({ maxTokens: 20_000 }, undefined, 'm')
  const first = budget.reserve(3000)
  expect(first.maxOutputTokens).toBe(16_000)
  // 1000 are left, which a question of 500 does not leave enough of.
  expect(() => budget.reserve(500)).toThrow('The cap of 20000 tokens would be broken')
  first.settle({ input: 2500, output: 1500, estimated: false })
  first.settle({ input: 9999, output: 9999, estimated: false })
  expect(budget.tokens).toBe(4000)
  expect(budget.reserve(500).maxOutputTokens).toBe(15_500)
  const spent = new Budget({ maxTokens: 20_000 }, undefined, 'm', [
    { input: 9000, output: 9900, estimated: false },
  ])
  expect(() => spent.reserve(500)).toThrow('1 answer, 18900 tokens')
  const dollars = new Budget({ maxTokens: 1e9, maxCost: 0.1 }, { read: 1, written: 10 }, 'm')
  expect(dollars.reserve(20_000).maxOutputTokens).toBe(8000)
})

test('the program in an answer: the last block of TypeScript, the form, or the bare file', () => {
  const program = "import { defineReward } from 'carrot-rl'\nexport default defineReward({})\n"
  const block = (code: string, language = 'ts') => `\`\`\`${language}\n${code}\`\`\`\n`
  expect(programIn(`First:\n${block('old\n')}Then:\n${block(program)}Good luck.`)).toBe(program)
  expect(programIn(block(program, 'typescript'))).toBe(program)
  expect(programIn(`${block(program)}Run it:\n${block('npm start\n', 'sh')}`)).toBe(program)
  expect(programIn(block(program, ''))).toBe(program)
  expect(programIn(JSON.stringify({ plan: '', program }))).toBe(program)
  expect(programIn(JSON.stringify({ plan: '', program: block(program) }))).toBe(program)
  expect(programIn(block(`${JSON.stringify({ program })}\n`, 'json'))).toBe(program)
  expect(programIn(program)).toBe(program)
  for (const nothing of ['', 'Pay for being upright.', '{"plan": "none"}', '```ts\nimport']) {
    expect(programIn(nothing)).toBeUndefined()
  }
})

test('examples are near, and never the answer itself', () => {
  expect(examplesFor('balance the pole', 'inverted-pendulum', 0)).toEqual([])
  const near = examplesFor('balance the pole', 'inverted-pendulum', 3)
  expect(near).toHaveLength(3)
  expect(near).not.toContain('pendulum-balance')
  expect(examplesFor('open the drawer', 'open-cabinet-drawer', 5)).not.toContain('open-cabinet-drawer')
})

test('names of programs come from what they are for', () => {
  expect(nameFor('Lie on your back, and wave!', 'ant')).toBe('lie-on-your-back-and')
  expect(nameFor('Bücke dich 2 mal', 'ant')).toBe('bucke-dich-mal')
  expect(nameFor('前へ', 'ant')).toBe('ant-task')
})
