import { type Discovered, factsOf } from './discover.ts'
import { subjectField } from './kit/entity.ts'

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const triggerOf = ({ spec }: Discovered): string => {
  if (spec.kind === 'task') return 'state machine'
  if (spec.kind !== 'reaction') return `\`${spec.route}\``
  if (spec.on === 'facts') return 'every fact'
  if ('everyMinutes' in spec.on) return `every ${spec.on.everyMinutes} minutes`
  if ('queue' in spec.on) return `queue \`${spec.on.queue}\``
  return ('gathered' in spec.on ? spec.on.gathered : spec.on).map(({ type }) => `\`${type}\``).join(', ')
}

const doorOf = ({ spec }: Discovered): string => {
  if (!('roles' in spec)) return ''
  const signs = spec.kind === 'command' && spec.signs ? ['signature'] : []
  return [...(spec.link ? ['signed link'] : spec.roles), ...signs].join(', ')
}

const factRow = (fact: ReturnType<typeof factsOf>[number], found: readonly Discovered[]): string[] => {
  const emitters = found.filter(({ spec }) => spec.kind !== 'query' && spec.emits.includes(fact))
  const effects = [fact.births && 'births', fact.stock && 'stock', fact.edges && 'genealogy', !fact.kept && 'not kept']
  return [
    `\`${fact.type}\``,
    fact.entity.name,
    `\`lotline.${fact.entity.area}\``,
    Object.keys(fact.schema.shape)
      .filter((field) => field !== subjectField(fact))
      .join(', '),
    effects.filter(Boolean).join(', '),
    emitters.map(({ name }) => name).join(', '),
  ]
}

/** The catalogue of functions and events as Markdown, for people; generated, never edited. */
export function inventory(found: readonly Discovered[]): string {
  const functions = found.map((one) => [one.name, one.spec.kind, triggerOf(one), doorOf(one), one.spec.summary])
  const facts = factsOf(found).map((fact) => factRow(fact, found))
  return [
    '# Inventory',
    '',
    'Generated from `lambdas/` by `npm run generate`; do not edit.',
    '',
    `## Functions (${functions.length})`,
    '',
    table(['function', 'kind', 'runs on', 'roles', 'what it does'], functions),
    '',
    `## Facts (${facts.length})`,
    '',
    'Each kept fact leaves on the EventBridge bus with its source and, as detail type, its name.',
    '',
    table(['fact', 'of', 'source', 'data', 'also', 'emitted by'], facts),
    '',
  ].join('\n')
}
