import { setTimeout as pause } from 'node:timers/promises'
import { TransactionConflictException } from '@aws-sdk/client-dynamodb'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { keys } from '#kit/keys'
import { firstNumber, placeOf, segmentOf, segmentSize } from '#kit/node'
import type { Ports } from '#kit/ports'
import { decodeMark, encodeMark } from '../genealogy/marks.ts'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import { closeEpoch, readEpoch } from './epoch.ts'
import { recallsOn } from './items.ts'
import { frozenKey, getItems } from './table.ts'

/** Updates in flight at once. */
const width = 16
/** Attempts while commands give marks to what they make from frozen nodes of the segment. */
const attempts = 20
/** Milliseconds after the flip until which a trace may not find what was written just before the flip. */
const settled = 500

type Change = Pick<UpdateCommand['input'], 'UpdateExpression' | 'ExpressionAttributeValues'>

async function update(segment: number, recallId: string, change: Change): Promise<void> {
  const names = { '#recall': recallId }
  const command = { TableName: tableName(), Key: frozenKey(segment), ExpressionAttributeNames: names, ...change }
  for (let attempt = 1; ; attempt += 1)
    try {
      await dynamo.send(new UpdateCommand(command))
      return
    } catch (error) {
      if (!(error instanceof TransactionConflictException) || attempt === attempts) throw error
      await pause(Math.random() * 20)
    }
}

/** Those of these nodes that the recall does not cover yet, by segment. */
async function uncovered(recallId: string, numbers: Iterable<number>, epoch: number): Promise<[number, number[]][]> {
  const bySegment = [...Map.groupBy(new Set(numbers), segmentOf)]
  const found = await getItems(bySegment.map(([segment]) => frozenKey(segment)))
  return bySegment.flatMap(([segment, some]): [number, number[]][] => {
    const recallsAt = recallsOn(found.at(frozenKey(segment)), epoch)
    const left = some.filter((number) => !recallsAt(placeOf(number)).includes(recallId))
    return left.length > 0 ? [[segment, left]] : []
  })
}

/** The recall's marks on every segment in use. */
async function marksOf(recallId: string): Promise<Map<number, Uint8Array[]>> {
  const numbers = { pk: keys.numbers, sk: keys.state }
  const leased = Number((await getItems([numbers])).at(numbers)?.leased ?? 0)
  const segments = Array.from({ length: segmentOf(firstNumber + leased) + 1 }, (_, segment) => segment)
  const found = await getItems(segments.map(frozenKey))
  return new Map(
    segments.flatMap((segment) => {
      const marks = found.at(frozenKey(segment))?.[recallId] as ReadonlySet<Uint8Array> | undefined
      return marks ? [[segment, [...marks]] as const] : []
    }),
  )
}

/** Takes the recall's marks off every segment in use; how many had some. */
async function removeMarks(recallId: string): Promise<number> {
  const marked = await marksOf(recallId)
  await eachOf(marked.keys(), width, (segment) => update(segment, recallId, { UpdateExpression: 'REMOVE #recall' }))
  return marked.size
}

/** Puts a mark of fewer nodes in the place of one; first the new, so that what stays frozen is so all the time. */
async function shrink(recallId: string, segment: number, mark: Uint8Array, keep: ReadonlySet<number>): Promise<number> {
  const { epoch, has } = decodeMark(mark)
  const covered = Array.from({ length: segmentSize }, (_, place) => place).filter(has)
  const left = covered.filter((place) => keep.has(place))
  if (left.length === covered.length) return 0
  const change = (verb: 'ADD' | 'DELETE', one: Uint8Array) =>
    update(segment, recallId, {
      UpdateExpression: `${verb} #recall :mark`,
      ExpressionAttributeValues: { ':mark': new Set([one]) },
    })
  if (left.length > 0) await change('ADD', encodeMark(epoch, left))
  await change('DELETE', mark)
  return covered.length - left.length
}

/** Freezes in the table: one immutable mark a segment, written under the next epoch; one transaction makes all visible. */
export const freezer: Ports['freezer'] = {
  async freeze(recallId, numbers) {
    const epoch = await readEpoch()
    const bySegment = await uncovered(recallId, numbers, epoch)
    if (bySegment.length === 0) return { epoch, marked: 0, at: new Date().toISOString() }
    await eachOf(bySegment, width, ([segment, some]) =>
      update(segment, recallId, {
        UpdateExpression: 'ADD #recall :marks',
        ExpressionAttributeValues: { ':marks': new Set([encodeMark(epoch + 1, some.map(placeOf))]) },
      }),
    )
    const marked = bySegment.reduce((sum, [, some]) => sum + some.length, 0)
    const next = await closeEpoch()
    const at = new Date().toISOString()
    await pause(settled)
    return { epoch: next, marked, at }
  },

  marked: marksOf,

  async narrow(recallId, marks, numbers) {
    const keep = Map.groupBy(numbers, segmentOf)
    let freed = 0
    await eachOf(marks, width, async ([segment, some]) => {
      const places = new Set(keep.get(segment)?.map(placeOf))
      for (const mark of some) freed += await shrink(recallId, segment, mark, places)
    })
    return freed
  },

  async lift(recallId) {
    // A command that saw a mark before may just be giving it to what it makes: after the epoch it cannot any more.
    while ((await removeMarks(recallId)) > 0) await closeEpoch()
  },
}
