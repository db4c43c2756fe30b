/**
 * The page can steer training, so nobody but a page of ours may talk to the server: it listens on loopback, and
 * refuses what other web sites make a browser send (DNS rebinding: CVE-2018-5702 is an example; cross-site WebSockets).
 */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Why a request is refused; undefined when it may pass. Any port: it may come through a forwarded one. */
export function refusal({ host, origin }: IncomingHttpHeaders): string | undefined {
  // A name that somebody else's DNS points at 127.0.0.1 still reads as that name here.
  if (host === undefined || !LOOPBACK.includes(hostnameOf(`http://${host}`))) {
    return 'This server answers to localhost only.'
  }
  // Browsers name the site a request comes from; other programs need not.
  if (origin !== undefined && origin !== `http://${host}`) return 'This server answers to its own page only.'
  return undefined
}

function hostnameOf(url: string): string {
  try {
    return new URL(url).hostname
  } catch {
    return ''
  }
}

/** The page's sandbox: the one script that may make code of text, which its compartment needs, and reach nothing else. */
export const SANDBOX = '/sandbox.js'
export const SANDBOX_POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'"

/** Headers of every response but the sandbox, which has a policy of its own. `html` is the page; its inline scripts (an import map must be one) are let through by hash. */
export function securityHeaders(html: string): Record<string, string> {
  const policy = {
    'default-src': "'none'",
    'script-src': ["'self'", ...inlineScripts(html)].join(' '),
    // Widgets set style attributes.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data: blob:",
    'font-src': "'self' data:",
    'connect-src': "'self'",
    'worker-src': "'self' blob:",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  }
  return {
    'content-security-policy': Object.entries(policy)
      .map(rule => rule.join(' '))
      .join('; '),
    // Together they isolate the page, which browsers ask for before they allow shared memory and exact clocks.
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
}

function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)]
    .filter(([, attributes]) => !/\bsrc\s*=/i.test(attributes))
    .map(([, , code]) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`)
}
