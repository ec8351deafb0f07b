import type { Cloud } from './cloud.ts'
import type { Schedule } from './schedule-expression.ts'

/** What shall happen at the times of a schedule; `run` resolves when it would survive a crash. */
export interface Appointment {
  readonly name: string
  readonly schedule: Schedule
  run(time: number): Promise<void>
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Keeps appointments, across restarts too: what fell due while the local cloud was off is made up for once. */
export class Timetable {
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly lastRun = new Map<string, number>()
  private readonly cloud: Cloud
  private readonly done: (record: [string, number]) => Promise<void>

  constructor(cloud: Cloud, chapter: string) {
    this.cloud = cloud
    this.done = cloud.journal.open<[string, number]>(chapter, {
      apply: ([name, time]) => void this.lastRun.set(name, time),
      snapshot: () => this.lastRun.entries(),
    })
  }

  keep(appointment: Appointment): void {
    const { name, schedule } = appointment
    const next = schedule(this.lastRun.get(name) ?? Date.now())
    if (next === undefined) return
    const wait = Math.min(Math.max(0, next - Date.now()), LONGEST_TIMER_MS)
    const timer = setTimeout(() => (next > Date.now() ? this.keep(appointment) : void this.meet(appointment)), wait)
    this.timers.set(name, timer.unref())
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
  }

  private async meet(appointment: Appointment): Promise<void> {
    const now = Date.now()
    try {
      await appointment.run(now)
    } catch (error) {
      this.cloud.log('schedule', `${appointment.name} was not delivered: ${(error as Error).message}`)
    }
    this.lastRun.set(appointment.name, now)
    await this.done([appointment.name, now])
    this.keep(appointment)
  }
}
