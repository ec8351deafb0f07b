// Seals in a process of its own, and is killed by the system before its n-th write; those that end the tail count too.
import { isWrite } from './sealing.ts'

const [lives, now] = process.argv.slice(2).map(Number) as [number, number]
const { closeTail, dynamo, Sealer, SealingStore, tableName } = await import('./adapters.ts')

let writes = 0
const send = dynamo.send.bind(dynamo) as (command: object) => Promise<any>
dynamo.send = (command: object) => {
  writes += isWrite(command.constructor.name) ? 1 : 0
  if (writes > lives) process.kill(process.pid, 'SIGKILL')
  return send(command)
}
await new Sealer(new SealingStore(dynamo, tableName), closeTail).seal(now)
process.exit(0)
