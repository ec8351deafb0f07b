import { sensorFolder } from './cold-storage.ts'
import { filesOf } from './device.ts'
import { storyFolder } from './diary.ts'
import type { Report } from './report.ts'

/** What to look at and try while the factory is open; each command works as it is printed. */
export function invitation(port: number, data: string, { findings, sensor }: Report): string {
  const url = `http://127.0.0.1:${port}`
  const bearer = '-H "Authorization: Bearer $TOKEN"'
  const files = filesOf(sensorFolder({ folder: storyFolder(data) }))
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const reading = `{"bootId":"hand","sequence":1,"readings":[{"at":"'$(date -u +%FT%TZ)'","temperatureC":9.5}]}`
  const recall = { title: 'Battery cells leak', reason: 'Supplier notice 7', drill: false, seeds: findings.seeds }
  const post = `curl -s ${bearer} -H 'Content-Type: application/json'`
  const field = (name: string, value: string) => String.raw`sed -n 's/.*"${name}": *"\(${value}\)".*/\1/p'`
  // Each signature needs a sign-in of its own, as in the cloud.
  const signIn = (name: string) =>
    `TOKEN=$(curl -s '${url}/_local/token?name=${name}&groups=quality' | ${field('token', '.*')})`
  const hash = field('hash', '[0-9a-f]*')
  const signature = `"signature":{"hash":"'$HASH'","timeZone":"Europe/Berlin"}`
  return `
THE FACTORY IS OPEN (Ctrl-C closes it)
  API docs     ${url}/_local/docs
  mail outbox  ${url}/_local/outbox
  all pages    ${url}/_local/

Get a token; the groups are admin, auditor, logistics, production, purchasing, quality, service and warehouse:
  ${signIn('Quinn')}
Ask what the drill touched and where it is now:
  curl -s ${bearer} ${url}/v1/recalls/${findings.recallId}/scope
Now recall it for real: ask for what is signed, sign in again, and sign it:
  BODY=${quoted(JSON.stringify(recall))}
  HASH=$(${post} ${url}/v1/recalls -d "$BODY" | ${hash})
  ${signIn('Quinn')}
  RECALL=$(${post} ${url}/v1/recalls -d "\${BODY%?}"',${signature}}' | ${field('id', 'rcl_[0-9A-Z]*')})
It is frozen by now. Somebody else reads what the notices say and signs that; then hospitals and supplier are told (see the outbox):
  ${signIn('Robin')}
  HASH=$(curl -s ${bearer} ${url}/v1/recalls/$RECALL/notice-draft | ${hash})
  ${post} ${url}/v1/recalls/$RECALL/notice-approvals -d '{${signature}}'
Be the sensor of the cold room and report 9.5 °C (the range ends at 8):
  mosquitto_pub -h localhost -p ${port + 3} --cafile ${quoted(files.rootCa)} --cert ${quoted(files.certificate)} --key ${quoted(files.key)} \\
    -i ${sensor.deviceId} -q 1 -t ${quoted(sensor.topic)} -m '${reading}'
See the exposure that this opened:
  curl -s ${bearer} '${url}/v1/exposures?status=open'
`
}
