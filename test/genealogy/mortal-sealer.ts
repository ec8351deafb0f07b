// Seals in a process of its own, and is killed by the system before its n-th write.
const [lives, now] = process.argv.slice(2).map(Number) as [number, number]
const { closeTail, dynamo, Sealer, SealingStore, tableName } = await import('./adapters.ts')

let writes = 0
const client = {
  send: (command: any, ...rest: any[]) => {
    writes += /^(Put|Update|TransactWrite)Command$/.test(command.constructor.name) ? 1 : 0
    if (writes > lives) process.kill(process.pid, 'SIGKILL')
    return (dynamo.send as any)(command, ...rest)
  },
}
await new Sealer(new SealingStore(client as typeof dynamo, tableName), closeTail).seal(now)
