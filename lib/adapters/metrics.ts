import type { Ports } from '#kit/ports'

/** CloudWatch reads metrics from lines of the log (embedded metric format). */
export const metrics: Ports['metrics'] = {
  async put(values, dimensions = {}) {
    const metric = {
      Namespace: 'lotline',
      Dimensions: [Object.keys(dimensions)],
      Metrics: Object.keys(values).map((Name) => ({ Name })),
    }
    const line = { _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] }, ...dimensions, ...values }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  },
}
