/** Calls `compute` again only when an argument is another value than last time. */
export function memo<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | undefined
  return (...args) => {
    if (last === undefined || last.args.some((arg, i) => arg !== args[i])) {
      last = { args, result: compute(...args) }
    }
    return last.result
  }
}
