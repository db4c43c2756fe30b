/** A run as it trains: a table that grows, with a bar below it on a terminal. */
import { MultiBar, type SingleBar } from 'cli-progress'
import type { ProgramInfo, TrainEvent } from '../core/events.ts'
import type { Metrics } from '../core/policy.ts'
import type { TermFailure } from '../core/reward.ts'
import { clock, figure, percent } from './table.ts'
import type { Voice } from './voice.ts'

/** Rows over a run. */
const ROWS = { terminal: 40, plain: 20 }
/** A row at least this often, s. */
const LONGEST_PAUSE = 30
/** Characters a column has at least. */
const NARROWEST = 8

type MetricsEvent = Extract<TrainEvent, { type: 'metrics' }>

export class Progress {
  private readonly voice: Voice
  private readonly bars: MultiBar | undefined
  private bar: SingleBar | undefined
  private steps = 1
  private terms: readonly string[] = []
  private shown = { step: 0, seconds: 0 }
  private newest: MetricsEvent | undefined

  constructor(voice: Voice) {
    this.voice = voice
    if (!voice.terminal) return
    this.bars = new MultiBar({
      format: ' {bar} {percentage} % · {value} of {total} steps · return {return} · {eta_formatted} left',
      stream: process.stdout,
      gracefulExit: false,
      hideCursor: null,
      clearOnComplete: true,
      barsize: 24,
      etaBuffer: 100,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    })
    // The bar keeps the terminal from wrapping lines; it must wrap them again however we end.
    process.once('exit', () => this.end())
  }

  show(event: TrainEvent): void {
    switch (event.type) {
      case 'start':
        this.steps = event.steps
        this.shown = { step: event.startStep, seconds: 0 }
        this.bar = this.bars?.create(event.steps, event.startStep, { return: '–' })
        this.head(event.program)
        break
      case 'metrics':
        this.metrics(event)
        break
      case 'eval':
        this.line(
          `At step ${event.step}, over ${event.result.episodes} episodes without exploration: return ${figure(event.result.returnMean)}${event.best ? ', the best so far' : ''}.`,
        )
        break
      case 'program':
        this.line(
          `At step ${event.step} the reward became ${event.program.name}: ${weightList(event.program)}.`,
        )
        this.head(event.program)
        break
      case 'failure':
        this.line(describeFailure(event.failure))
        break
      case 'warning':
        this.line(event.message)
        break
      case 'end':
        this.end()
    }
  }

  /** Takes the bar away. */
  end(): void {
    if (this.newest !== undefined && this.newest.step > this.shown.step) this.row(this.newest)
    this.newest = undefined
    if (!this.bars?.isActive) return
    // Lines that wait for the next redraw.
    this.bars.update()
    this.bars.stop()
  }

  /** A line of prose among the rows. */
  line(text: string): void {
    if (this.bars?.isActive) this.bars.log(`${text}\n`)
    else this.voice.say(text)
  }

  private head(program: ProgramInfo): void {
    this.terms = program.terms
    this.line('')
    this.line(this.cells(['steps', 'time', 'steps/s', 'return', 'length', 'success', ...this.terms]))
  }

  private metrics(event: MetricsEvent): void {
    this.newest = event
    const { episodeReturn } = event.values
    this.bar?.update(event.step, { return: episodeReturn === undefined ? '–' : figure(episodeReturn) })
    const rows = this.voice.terminal ? ROWS.terminal : ROWS.plain
    const isDue =
      event.step - this.shown.step >= this.steps / rows ||
      event.seconds - this.shown.seconds >= LONGEST_PAUSE ||
      event.step >= this.steps
    if (isDue) this.row(event)
  }

  private row({ step, seconds, values }: MetricsEvent): void {
    this.shown = { step, seconds }
    const shown = (name: string) => optional(values, name, figure)
    this.line(
      this.cells([
        String(step),
        clock(seconds),
        optional(values, 'stepsPerSecond', rate => rate.toFixed(0)),
        shown('episodeReturn'),
        optional(values, 'episodeLength', length => length.toFixed(0)),
        optional(values, 'episodeSuccess', percent),
        ...this.terms.map(name => shown(`term/${name}`)),
      ]),
    )
  }

  private cells(texts: readonly string[]): string {
    const names = ['', '', '', '', '', '', ...this.terms]
    return texts.map((text, i) => text.padStart(Math.max(NARROWEST, names[i].length))).join('  ')
  }
}

const optional = (values: Metrics, name: string, format: (value: number) => string): string =>
  values[name] === undefined ? '–' : format(values[name])

/** 'forward 1, control -0.001' */
export const weightList = ({ weights }: ProgramInfo): string =>
  Object.entries(weights)
    .map(([name, weight]) => `${name} ${weight}`)
    .join(', ')

function describeFailure({ term, message, episode, time, count, muted }: TermFailure): string {
  const where = `first in episode ${episode} at ${time.toFixed(2)} s, ${count} times in the batch`
  return `The term '${term}' failed: ${message} (${where}).${muted ? ' It is off from here on; training goes on.' : ''}`
}
