/** How a stored module says that nobody vouches for it. */
const MARK = '/* untrusted */ '

export const marked = (module: string): string => MARK + module
export const unmarked = (module: string): string => (isMarked(module) ? module.slice(MARK.length) : module)
export const isMarked = (module: string): boolean => module.startsWith(MARK)
