export { candidates } from './candidates.ts'
export { lastHours } from './last-hours.ts'
export { borneBy, type Judged, legsOf } from './lot-climate.ts'
export { climateAt, type Watcher, watchersOf } from './watchers.ts'
