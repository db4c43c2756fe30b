/** Which browser is driven, by benchmarks and by tests. Nothing is downloaded: it must be on the machine. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Names on PATH, the most usual first. */
const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
]

/** Where installers put them when they are not on PATH. */
function installed(): string[] {
  const { PROGRAMFILES, LOCALAPPDATA, HOME = '' } = process.env
  const programFilesX86 = process.env['PROGRAMFILES(X86)']
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap(name =>
      ['/Applications', join(HOME, 'Applications')].map(folder =>
        join(folder, `${name}.app/Contents/MacOS/${name}`),
      ),
    )
  }
  if (process.platform === 'win32') {
    const folders = [PROGRAMFILES, programFilesX86, LOCALAPPDATA].filter(folder => folder !== undefined)
    return [
      'Google/Chrome/Application/chrome.exe',
      'Chromium/Application/chrome.exe',
      'Microsoft/Edge/Application/msedge.exe',
    ].flatMap(path => folders.map(folder => join(folder, path)))
  }
  return ['/opt/google/chrome/chrome', '/opt/microsoft/msedge/msedge', '/snap/bin/chromium']
}

function onPath(): string[] {
  const ending = process.platform === 'win32' ? '.exe' : ''
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  return COMMANDS.flatMap(command => folders.map(folder => join(folder, command + ending)))
}

/**
 * Executable of CHROME_PATH, or of the Chrome, Chromium or Edge found on this machine; undefined when there is none.
 * Throws when CHROME_PATH names a file that does not exist.
 */
export function findBrowser(): string | undefined {
  const chosen = process.env.CHROME_PATH
  if (chosen === undefined || chosen === '')
    return [...onPath(), ...installed()].find(path => existsSync(path))
  if (!existsSync(chosen)) throw new Error(`CHROME_PATH is ${chosen}, and there is no such file.`)
  return chosen
}

/** Draws with software where there is no graphics card. */
export const SOFTWARE_GL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
