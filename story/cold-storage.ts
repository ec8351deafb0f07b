import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, until } from './api.ts'
import { type Day, minutesIn } from './day.ts'
import { certificateRequest, connectDevice, filesOf } from './device.ts'
import { coldRoom, deviceKind, site } from './plan.ts'

/** Readings in one message, which costs a tenth of ten messages. */
const readingsAtOnce = 10

/** Folder with the sensor's key and certificates, for people who want to be the sensor. */
export const sensorFolder = ({ folder }: Pick<Day, 'folder'>) => join(folder, 'sensor')

/** A sensor gets its certificate and reports; the door stands open; what lay there is held, judged and freed. */
export async function coldStorage(day: Day): Promise<string> {
  const deviceId = await enrol(day)
  const messages = await measure(day, deviceId)
  return `${messages} messages by MQTT, ${await judge(day, deviceId)}`
}

async function enrol(day: Day): Promise<string> {
  const { ids, people, signal } = day
  const [registered] = await people.technician.does('registerDevice', coldRoom.location, {
    ...{ siteId: ids.of(site.code), locationId: ids.of(coldRoom.location) },
    ...{ name: coldRoom.name, kindId: ids.of(deviceKind.code) },
  })
  const deviceId = ids.keep(coldRoom.name, registered!.id)
  const csr = await certificateRequest(sensorFolder(day), deviceId)
  await people.technician.does('requestCertificate', coldRoom.location, { deviceId, csr })
  const certificate = await until('the certificate of the sensor', 20, signal, async () => {
    const { state } = await people.technician.asks('getDevice', { deviceId })
    return state.certificate?.pem as string | undefined
  })
  const files = filesOf(sensorFolder(day))
  writeFileSync(files.certificate, certificate)
  writeFileSync(files.rootCa, await rootCa(day))
  return deviceId
}

/** What a device trusts: Amazon's public root in the cloud, the local cloud's own here. */
async function rootCa({ port, signal }: Day): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/_local/iot`, { signal })
  return ((await answer.json()) as Json).rootCa
}

async function measure(day: Day, deviceId: string): Promise<number> {
  const { technician } = day.people
  const { topic } = await technician.asks('getDevice', { deviceId })
  const device = await connectDevice(day.port + 3, deviceId, sensorFolder(day))
  const { temperaturesC } = coldRoom
  const readings = temperaturesC.map((temperatureC, index) => ({
    at: minutesIn(day, index - temperaturesC.length),
    temperatureC,
  }))
  try {
    for (let sequence = 0; sequence * readingsAtOnce < readings.length; sequence++) {
      const some = readings.slice(sequence * readingsAtOnce, (sequence + 1) * readingsAtOnce)
      device.publish(topic, JSON.stringify({ bootId: 'story', sequence, readings: some }), { qos: 1 })
      // In a real day ten minutes pass between two messages, so each finds the one before it taken in.
      const last = some.at(-1)!.at
      await until(`the reading of ${last} at the API`, 20, day.signal, async () => {
        const { reported } = await technician.asks('getDevice', { deviceId })
        return reported.latest.temperatureC?.at >= last ? last : undefined
      })
      await holdExposed(day, deviceId)
    }
  } finally {
    await device.endAsync()
  }
  return readings.length / readingsAtOnce
}

/** As soon as the place is outside its range, what lies there must not leave. */
async function holdExposed({ ids, people }: Day, deviceId: string): Promise<void> {
  const { items } = await people.inspector.asks('listExposures', { deviceId })
  if (items.length === 0) return
  await people.inspector.does('holdLot', coldRoom.lot, {
    lotId: ids.of(coldRoom.lot),
    reason: `${coldRoom.location} is outside its range since ${items[0].state.start}`,
  })
}

async function judge(day: Day, deviceId: string): Promise<string> {
  const { ids, people } = day
  const { items } = await people.inspector.asks('listExposures', { deviceId })
  const { start, end, peak } = items[0].state
  if (items.length !== 1 || !end) throw new Error(`one closed exposure was expected, not ${JSON.stringify(items)}`)
  const lotId = ids.of(coldRoom.lot)
  await people.inspector.does('inspectLot', `${coldRoom.lot}.exposed`, {
    lotId,
    results: [{ characteristic: 'Heparin activity', found: '98 % of label', passed: true }],
  })
  await people.releaser.does('liftHold', coldRoom.lot, {
    lotId,
    reason: 'Stability data allow 24 h at up to 15 °C',
  })
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000
  return `${peak} °C at the peak, outside 2 to 8 °C for ${minutes} min, lot held, judged and freed`
}
