import { readConfig } from './config.ts'
import { startGateway } from './gateway.ts'

// npm start -- gateway.json
const [path = 'gateway.json'] = process.argv.slice(2)
const log = (event: string, more = {}) => console.log(JSON.stringify({ at: new Date().toISOString(), event, ...more }))
try {
  const gateway = startGateway(readConfig(path), log)
  log('started')
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void gateway.close().then(() => process.exit(0)))
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
