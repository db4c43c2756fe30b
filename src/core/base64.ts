/** Bytes as text, in every host. */

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  // In parts: a call takes only so many arguments.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

/** Numbers whose bytes are given as text, little-endian. */
export const floatsOf = (text: string): Float32Array<ArrayBuffer> => new Float32Array(fromBase64(text).buffer)
export const indicesOf = (text: string): Uint32Array<ArrayBuffer> => new Uint32Array(fromBase64(text).buffer)
export const textOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint32Array): string =>
  toBase64(new Uint8Array(buffer, byteOffset, byteLength))
