/** The page's state and what changes it from outside: the run, and what people do that reaches the run. */
import {
  BehaviorSubject,
  bufferTime,
  catchError,
  debounce,
  debounceTime,
  distinctUntilChanged,
  EMPTY,
  filter,
  from,
  map,
  switchMap,
  timer,
} from 'rxjs'
import type { EpisodeRecord } from '../src/core/episode.ts'
import { describeError } from '../src/core/errors.ts'
import type { ViewerMessage } from '../src/protocol/messages.ts'
import { isMarked } from '../src/sandbox/mark.ts'
import { followLink, linkOf } from './link.ts'
import { Ranking } from './ranking.ts'
import { rescore } from './rescore.ts'
import { listed, received } from './run.ts'
import type { Source } from './source.ts'
import {
  initial,
  isConfined,
  loaded,
  notify,
  notShown,
  type State,
  shown,
  shownText,
  trialOf,
  weighed,
  weightsOf,
} from './state.ts'
import { type Job, Trials } from './trials.ts'

/** The address follows the state this much later, ms: browsers refuse to change it many times a second. */
const LINK_DELAY = 250
/** Other episodes are scored again when a slider has rested this long, ms, and the list follows this often. */
const RANK_DELAY = 120
/** What is typed is tried when it has rested this long, ms. */
const TYPING_DELAY = 300

export class App {
  private readonly state$ = new BehaviorSubject<State>(initial)
  private readonly source: Source
  private readonly trials = new Trials()

  constructor(source: Source) {
    this.source = source
  }

  get state(): State {
    return this.state$.value
  }

  update(change: (state: State) => State): void {
    const next = change(this.state)
    if (next !== this.state) this.state$.next(next)
  }

  /** Connects to the run and to the address bar. */
  start(): void {
    this.update(state => followLink(state, location.hash))
    addEventListener('hashchange', () => {
      if (location.hash.slice(1) !== linkOf(this.state))
        this.update(state => followLink(state, location.hash))
    })
    this.select(state => state.wanted?.id).subscribe(id => {
      if (id !== undefined) this.fetchEpisode(id)
    })
    this.select(state => state.info?.program.hash).subscribe(hash => {
      if (hash !== undefined) this.fetchProgram(hash)
    })
    this.rank()
    this.tryOut()
    this.select(linkOf)
      .pipe(debounceTime(LINK_DELAY))
      .subscribe(link => history.replaceState(null, '', link === '' ? location.pathname : `#${link}`))
    this.source
      .messages(() => this.update(state => ({ ...state, connection: 'lost' })))
      .subscribe(message => {
        this.update(state => received(state, message))
        if (message.type === 'hello') this.fetchLists()
      })
  }

  /** Sends the weights of the page to the run. */
  applyWeights(): void {
    this.send({ type: 'weights', values: { ...this.state.weights } })
  }

  pauseRun(on: boolean): void {
    this.send({ type: 'pause', on })
  }

  /** Tells the run's language model what is wrong. */
  sendFeedback(text: string): void {
    this.send({ type: 'feedback', text })
    this.update(state =>
      notify(state, 'It is asked for another program; training goes on until it is there.', 'info'),
    )
  }

  /** Has the run go on with what is typed. */
  trainOn(text: string): void {
    this.send({ type: 'program', text })
    this.update(state =>
      notify(state, 'It is vetted, and the run goes on with it from the next batch on.', 'info'),
    )
  }

  async copyLink(): Promise<void> {
    const link = linkOf({ ...this.state, following: false })
    await navigator.clipboard.writeText(`${location.origin}${location.pathname}#${link}`)
    this.update(state => notify(state, 'The link to this moment is copied.', 'info'))
  }

  private select<T>(pick: (state: State) => T) {
    return this.state$.pipe(map(pick), distinctUntilChanged())
  }

  private send(message: ViewerMessage): void {
    if (this.source.send(message)) return
    this.update(state => notify(state, 'There is no connection to the run, so it was not told.'))
  }

  /** Scores the other episodes too while weights are moved. */
  private rank(): void {
    const ranking = new Ranking(
      id => this.source.episode(id),
      (record, state) => this.returnOf(record, state),
    )
    this.state$
      .pipe(
        distinctUntilChanged((a, b) =>
          ['weights', 'program', 'text', 'draft', 'episodes'].every(
            key => a[key as keyof State] === b[key as keyof State],
          ),
        ),
        debounceTime(RANK_DELAY),
        switchMap(state =>
          from(ranking.returns(state)).pipe(
            bufferTime(RANK_DELAY),
            filter(scored => scored.length > 0 && this.state.weights === state.weights),
            // A program that does not fit says so where its sliders are.
            catchError(() => EMPTY),
          ),
        ),
      )
      .subscribe(scored =>
        this.update(state => ({ ...state, returns: new Map([...state.returns, ...scored]) })),
      )
  }

  private async returnOf(record: EpisodeRecord, state: State): Promise<number | undefined> {
    const { info, program } = state
    if (isConfined(state)) {
      const job = jobOf(state, record)
      return job && (await this.trials.score(job)).rescored?.return
    }
    if (info === undefined || program === undefined) return undefined
    return rescore(record, { program, hash: info.program.hash }, info.env, weightsOf(state)).return
  }

  /** Scores the open episode in the sandbox, where the program is to stay there. */
  private tryOut(): void {
    this.state$
      .pipe(
        map(state => (isConfined(state) && state.open !== undefined ? jobOf(state, state.open) : undefined)),
        distinctUntilChanged(isSameJob),
        debounce(job => timer(job === undefined || isTried(this.state) ? 0 : TYPING_DELAY)),
        switchMap(job => (job === undefined ? EMPTY : from(this.trials.score(job)))),
      )
      .subscribe(trial => this.update(state => ({ ...state, trial })))
  }

  private async fetchLists(): Promise<void> {
    try {
      const [episodes, metrics] = await Promise.all([this.source.episodes(), this.source.metrics()])
      this.update(state => listed(state, episodes, metrics))
    } catch (error) {
      this.complain('The lists of the run did not arrive', error)
    }
  }

  private async fetchEpisode(id: string): Promise<void> {
    try {
      const record = await this.source.episode(id)
      this.update(state => shown(state, record))
    } catch (error) {
      this.update(state => notShown(state, id, describeError(error as Error)))
    }
  }

  private async fetchProgram(hash: string): Promise<void> {
    try {
      const text = await this.source.text(hash)
      const program = isMarked(text) ? undefined : await this.source.program(hash)
      this.update(state => (state.info?.program.hash === hash ? loaded(state, text, program) : state))
    } catch (error) {
      this.complain('The reward program did not load, so nothing can be scored again', error)
    }
  }

  private complain(what: string, error: unknown): void {
    this.update(state => notify(state, `${what}: ${describeError(error as Error)}`))
  }
}

function jobOf(state: State, record: EpisodeRecord): Job | undefined {
  const { info } = state
  const by = weighed(state)
  if (info === undefined || by === undefined) return undefined
  return { text: shownText(state), hash: by.hash, env: info.env, record, weights: weightsOf(state) }
}

const isSameJob = (a: Job | undefined, b: Job | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.text === b.text &&
    a.hash === b.hash &&
    a.record === b.record &&
    JSON.stringify(a.weights) === JSON.stringify(b.weights))

/** Only weights, or the episode, are others than last time. */
const isTried = (state: State): boolean => trialOf(state) !== undefined
