/** Rewards from a vision-language model: pure data and arithmetic. What renders and asks is elsewhere. */
export { dot, meanDirection, type TextAxes, textAxes } from './axes.ts'
export { goalBaseline, scoreOf, softmaxOf } from './heads.ts'
export { type VlmOptions, vlm } from './vlm.ts'
