/**
 * Which transitions are drawn how often: in proportion to p = (|δ| + ε)^α of the temporal-difference error δ they had when
 * they were last learned from (Schaul et al., Prioritized experience replay, 2016, the proportional variant). What was
 * never learned from has the greatest p there ever was, so that everything is soon learned from once. Drawing changes how
 * much a transition counts; weights (N·P)^−β in the loss take that back, wholly where β is 1.
 *
 * Every p is a leaf of a binary tree whose nodes are sums, so that drawing and changing one take log₂(places) additions.
 * A node is added up anew whenever one below it changes: errors do not gather, and the tree depends on its leaves alone.
 */
/** ε. At α = 0.6, what has no error left is drawn a sixtieth as often as what is off by 1. */
const EPSILON = 1e-3

export class Priorities {
  /** α: 0 draws evenly, 1 in proportion to errors. */
  private readonly alpha: number
  private readonly places: number
  /** Node i is the sum of nodes 2i and 2i + 1; leaf p is node places + p. Leaves of 0 are not drawn. */
  private readonly tree: Float64Array
  /** The greatest p there ever was. */
  private most = 1
  private positive = 0

  constructor(places: number, alpha: number) {
    this.places = places
    this.alpha = alpha
    this.tree = new Float64Array(2 * places)
  }

  /** Σ p */
  get total(): number {
    return this.tree[1]
  }
  /** N, the transitions that can be drawn. */
  get count(): number {
    return this.positive
  }

  get greatest(): number {
    return this.most
  }

  /** p, or 0 where nothing can be drawn. */
  of(place: number): number {
    return this.tree[this.places + place]
  }

  /** Nothing can be drawn here. */
  forget(place: number): void {
    this.put(place, 0)
  }

  /** Here is what was never learned from as it is now. */
  renew(place: number): void {
    this.put(place, this.most)
  }

  /** This was learned from, and was wrong by δ. */
  learned(place: number, error: number): void {
    if (this.of(place) === 0) return
    const priority = (Math.abs(error) + EPSILON) ** this.alpha
    this.most = Math.max(this.most, priority)
    this.put(place, priority)
  }

  put(place: number, priority: number): void {
    const { tree } = this
    let node = this.places + place
    this.positive += Number(priority > 0) - Number(tree[node] > 0)
    tree[node] = priority
    for (node >>= 1; node > 0; node >>= 1) tree[node] = tree[2 * node] + tree[2 * node + 1]
  }

  /** The place at `mass`, from 0 to less than `total`, when the p of all places are laid end to end. */
  at(mass: number): number {
    const { tree, places } = this
    let node = 1
    let rest = mass
    while (node < places) {
      const left = 2 * node
      // Rounding may carry past the last leaf: a sum of 0 holds nothing to draw.
      if (rest < tree[left] || tree[left + 1] === 0) {
        node = left
      } else {
        rest -= tree[left]
        node = left + 1
      }
    }
    return node - places
  }

  /** (N·P)^−β */
  weight(place: number, beta: number): number {
    return ((this.positive * this.of(place)) / this.total) ** -beta
  }

  /** Nothing can be drawn anywhere; the greatest p there ever was is as given. Every p is to be `put` back. */
  restore(greatest: number): void {
    this.tree.fill(0)
    this.positive = 0
    this.most = greatest
  }
}
