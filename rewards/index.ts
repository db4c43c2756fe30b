/** All that a reward program may import from 'carrot-rl', and what runs programs. Loads anywhere: no Node, no simulator. */

export { experts, publishedReward } from './experts/index.ts'
export * from './library.ts'
export { type MatchResult, matchText, type TextMatch } from './match.ts'
export { programs } from './programs/index.ts'
export { bindReward } from './score.ts'
export { termTable } from './summary.ts'
