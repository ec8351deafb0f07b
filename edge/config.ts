import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'

const File = z.string().min(1)
const Name = z.string().regex(/^[a-z][\w-]*$/i, 'must be a name of letters, digits, _ and -')

const Credentials = z.strictObject({ name: z.string().min(1), passwordFile: File })

const OpcUaSource = z.strictObject({
  kind: z.literal('opcua'),
  url: z.url({ protocol: /^opc\.tcp$/, error: 'must be an address such as opc.tcp://plc-1:4840' }),
  /** `None` is for a first try on a bench only. */
  security: z
    .enum(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss', 'None'])
    .default('Basic256Sha256'),
  /** Certificate of the server, PEM or DER, fetched from the server by hand; no other is trusted. */
  serverCertificate: File.optional(),
  user: Credentials.optional(),
})

const broker = {
  url: z.url({ protocol: /^mqtts?$/, error: 'must be an address such as mqtt://broker:1883' }),
  user: Credentials.optional(),
  /** Certificate of the authority of an mqtts broker. */
  ca: File.optional(),
}
const MqttSource = z.strictObject({ kind: z.literal('mqtt'), ...broker })
const SparkplugSource = z.strictObject({ kind: z.literal('sparkplug'), ...broker })

const Source = z.discriminatedUnion('kind', [OpcUaSource, MqttSource, SparkplugSource])

/** A metric of a device, and where it comes from; which of the fields must be given depends on the kind of its source. */
const MetricRoute = z.strictObject({
  /** Its code in the data dictionary. */
  code: z.string().regex(/^[a-z][A-Za-z0-9]{0,14}$/, 'must be the code of the data dictionary'),
  source: Name,
  /** OPC UA: the node. */
  node: z.string().optional(),
  /** OPC UA: how often the server looks at it. */
  everySeconds: z.number().positive().default(1),
  /** MQTT: the topic, without wildcards, and the field of its JSON (`a.b`); without one the payload is the value. */
  topic: z
    .string()
    .regex(/^[^#+]+$/, 'must hold no wildcard')
    .optional(),
  field: z.string().optional(),
  timeField: z.string().optional(),
  /** Sparkplug: `group/node` or `group/node/device`, and the metric's name there. */
  device: z
    .string()
    .regex(/^[^/#+]+\/[^/#+]+(\/[^/#+]+)?$/, 'must be group/node or group/node/device')
    .optional(),
  metric: z.string().optional(),
  /** A value nearer than this to the last one that was passed on is left out, */
  deadband: z.number().min(0).default(0),
  /** but at least one in so many seconds is passed on. */
  atLeastEverySeconds: z.number().positive().default(60),
  /** A value outside of these does not wait for a full message. */
  alarm: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).default({}),
})

const Topic = z.string().regex(/^[^#+]+$/, 'must hold no wildcard')

/** How a machine hears commands and answers them: JSON on topics of a plain MQTT source. */
const CommandRoute = z.strictObject({
  source: Name,
  /** The gateway publishes `{ id, action, parameters, expiresAt }` here; the same id is the same command. */
  topic: Topic,
  /** The machine publishes `{ id, status, reason }` here; `status` as lotline has it: `succeeded`, `failed`, ... */
  answers: Topic,
})

const Device = z.strictObject({
  id: z.string().regex(/^dev_\w+$/, 'must be the id under which the device is registered, dev_...'),
  certificate: File,
  key: File,
  metrics: z.array(MetricRoute).min(1),
  commands: CommandRoute.optional(),
})

const Config = z
  .strictObject({
    cloud: z.strictObject({
      /** The account's endpoint of AWS IoT Core. */
      url: z.url({
        protocol: /^mqtts$/,
        error: 'must be an address such as mqtts://....iot.eu-central-1.amazonaws.com:8883',
      }),
      rootCa: File,
      rule: z.string().default('lotline_telemetry'),
    }),
    store: z.strictObject({
      folder: File,
      /** What waits may take this much; then the oldest goes, and is counted. */
      megabytes: z.number().min(1).default(1024),
    }),
    packing: z
      .strictObject({
        /** A message goes out when it holds this many readings, or when its oldest reading has waited this long. */
        readings: z.int().min(1).max(100).default(30),
        seconds: z.number().positive().default(60),
        /** Times are rounded down to this, so that metrics read together make one reading; 1 leaves them as they are. */
        resolutionMs: z.int().min(1).max(60_000).default(1000),
      })
      .prefault({}),
    sources: z.record(Name, Source),
    devices: z.array(Device).min(1),
  })
  .superRefine(({ sources, devices }, context) => {
    const seen = new Set<string>()
    for (const [index, device] of devices.entries()) {
      const complain = (message: string, ...path: (string | number)[]) =>
        context.addIssue({ code: 'custom', message, path: ['devices', index, ...path] })
      if (seen.has(device.id)) complain(`${device.id} stands here twice`, 'id')
      seen.add(device.id)
      if (device.commands && sources[device.commands.source]?.kind !== 'mqtt')
        complain(`"${device.commands.source}" is no source of kind mqtt`, 'commands', 'source')
      const codes = new Set<string>()
      for (const [place, route] of device.metrics.entries()) {
        if (codes.has(route.code)) complain(`${route.code} stands here twice`, 'metrics', place, 'code')
        codes.add(route.code)
        const source = sources[route.source]
        if (!source) {
          complain(
            `"${route.source}" is none of sources (${Object.keys(sources).join(', ')})`,
            'metrics',
            place,
            'source',
          )
          continue
        }
        if (source.kind === 'opcua' && source.security !== 'None' && source.serverCertificate === undefined)
          complain(
            `source ${route.source} needs its serverCertificate: no other server is trusted`,
            'metrics',
            place,
            'source',
          )
        for (const field of needed[source.kind])
          if (route[field] === undefined)
            complain(`must be given for a source of kind ${source.kind}`, 'metrics', place, field)
      }
    }
  })

const needed = { opcua: ['node'], mqtt: ['topic'], sparkplug: ['device', 'metric'] } as const

export type Config = z.infer<typeof Config>
export type DeviceConfig = Config['devices'][number]
export type CommandRoute = z.infer<typeof CommandRoute>
export type MetricRoute = z.infer<typeof MetricRoute>
export type Source = z.infer<typeof Source>
export type SourceOf<K extends Source['kind']> = Extract<Source, { kind: K }>

/** Reads and checks the configuration; throws an error that names each wrong place. Paths count from its folder. */
export function readConfig(path: string): Config {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`)
  }
  const { data, error } = Config.safeParse(json)
  if (error) throw new Error(`${path} is wrong:\n${z.prettifyError(error)}`)
  return withAbsolutePaths(data, dirname(resolve(path)))
}

/** Makes every file's path absolute, and says which file is not there. */
function withAbsolutePaths(config: Config, folder: string): Config {
  const missing: string[] = []
  const file = (path: string) => {
    const absolute = resolve(folder, path)
    if (!existsSync(absolute)) missing.push(absolute)
    return absolute
  }
  const source = (one: Source): Source => ({
    ...one,
    ...(one.user && { user: { ...one.user, passwordFile: file(one.user.passwordFile) } }),
    ...(one.kind === 'opcua'
      ? one.serverCertificate && { serverCertificate: file(one.serverCertificate) }
      : one.ca && { ca: file(one.ca) }),
  })
  const found: Config = {
    ...config,
    cloud: { ...config.cloud, rootCa: file(config.cloud.rootCa) },
    store: { ...config.store, folder: resolve(folder, config.store.folder) },
    sources: Object.fromEntries(Object.entries(config.sources).map(([name, one]) => [name, source(one)])),
    devices: config.devices.map((one) => ({ ...one, certificate: file(one.certificate), key: file(one.key) })),
  }
  if (missing.length > 0) throw new Error(`These files of the configuration are not there:\n${missing.join('\n')}`)
  return found
}
