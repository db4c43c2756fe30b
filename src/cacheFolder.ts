/** Where programs keep what they can find out again (XDG Base Directory Specification). */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const own = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME
  const usual = process.platform === 'darwin' ? join('Library', 'Caches') : '.cache'
  return join(own || join(homedir(), usual), 'carrot')
}
