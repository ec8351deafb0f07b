import { setMaxListeners } from 'node:events'
import { type Json, openApi } from './api.ts'
import { coldStorage } from './cold-storage.ts'
import type { Day } from './day.ts'
import { openDiary, storyFolder } from './diary.ts'
import { drill } from './drill.ts'
import { Ids } from './ids.ts'
import { making } from './making.ts'
import { masterData, openSite } from './master-data.ts'
import { coldRoom } from './plan.ts'
import { receiving } from './receiving.ts'
import { type Report, reportOf, type Sensor } from './report.ts'
import { shipping } from './shipping.ts'

/** Where and how to play. */
export interface Stage {
  readonly port: number
  /** The data folder; the story keeps its diary and the sensor's keys in `story/` of it. */
  readonly data: string
  readonly signal: AbortSignal
  /** Gets one line a chapter. */
  readonly say: (line: string) => void
}

const chapters: readonly [title: string, play: (day: Day) => Promise<string>][] = [
  ['Master data', masterData],
  ['Receiving', receiving],
  ['Making', making],
  ['Cold storage', coldStorage],
  ['Shipping', shipping],
  ['Recall drill', drill],
]

/**
 * Plays a day at the factory through the public doors and gives its report. A day that was interrupted goes on: each
 * step carries its own idempotency key, so what is done already is only looked at. A day that is over is not repeated.
 */
export async function playDay({ port, data, signal, say }: Stage): Promise<Report> {
  const folder = storyFolder(data)
  const diary = openDiary(folder)
  const { report, startedAt } = diary.read()
  if (report) {
    say('The day at the factory was played on this data before; --fresh plays it again.')
    return report
  }
  setMaxListeners(0, signal)
  const url = `http://127.0.0.1:${port}`
  const api = openApi(url, signal)
  const ids = new Ids()
  const people = await openSite(api, ids)
  const day: Day = { people, ids, diary, folder, startedAt: new Date(startedAt), port, signal }
  for (const [index, [title, play]] of chapters.entries()) {
    const [begin, before] = [performance.now(), api.recorded()]
    const told = await play(day)
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    const count = `${String(api.recorded() - before).padStart(4)} facts ${seconds.padStart(5)} s`
    say(`${index + 1}/${chapters.length} ${title.padEnd(13)} ${count}  ${told}`)
  }
  const done = reportOf(diary.read().findings!, await sensorOf(day), await mailsOf(url, signal))
  diary.note({ report: done })
  return done
}

async function sensorOf({ ids, people }: Day): Promise<Sensor> {
  const deviceId = ids.of(coldRoom.name)
  const { topic } = await people.technician.asks('getDevice', { deviceId })
  return { deviceId, topic }
}

async function mailsOf(url: string, signal: AbortSignal): Promise<number> {
  const outbox = await fetch(`${url}/_local/outbox.json`, { signal })
  return ((await outbox.json()) as Json[]).length
}
