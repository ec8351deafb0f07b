import type { Finding } from './prediction.ts'
import type { Wear } from './wear.ts'

const dayOf = (hour: number) => new Date(hour * 3_600_000).toISOString().slice(0, 10)
const number = (value: number) => String(Number(value.toPrecision(3)))
const days = (hours: number) => String(Math.max(Math.round(hours / 24), 0))

/** Says for people which metric left what is usual, since when, how far, when it meets its limit, and how sure that is. */
export function wordsOf(finding: Finding): { readonly en: string; readonly zh: string } {
  const { metric, unit, side, usual, level, spreads, limit, left } = finding
  const [since, now, was, far] = [dayOf(finding.since), number(level), number(usual), number(Math.abs(spreads))]
  const changed = {
    en: `${metric} is ${side === 'up' ? 'above' : 'below'} what is usual for this device since ${since}: ${now} ${unit} instead of ${was} ${unit}, ${far} times its usual variation.`,
    zh: `自 ${since} 起，${metric} ${side === 'up' ? '高于' : '低于'}该设备的正常水平：现为 ${now} ${unit}，正常为 ${was} ${unit}，偏离为正常波动的 ${far} 倍。`,
  }
  if (left === undefined || limit === undefined) return changed
  if (left.hours === 0)
    return {
      en: `${changed.en} It is beyond its limit of ${number(limit)} ${unit}.`,
      zh: `${changed.zh}已超出限值 ${number(limit)} ${unit}。`,
    }
  const [least, about] = [days(left.earliest), days(left.hours)]
  const most = left.latest === undefined ? undefined : days(left.latest)
  const sure = Math.floor(finding.sureness * 1000) / 10
  return {
    en: `${changed.en} If it goes on like this it meets its limit of ${number(limit)} ${unit} in about ${about} days (90 % between ${least} and ${most ?? 'never'}). That there is a trend is ${sure} % sure.`,
    zh: `${changed.zh}按此趋势，约 ${about} 天后达到限值 ${number(limit)} ${unit}（90% 区间：${least} 天至 ${most === undefined ? '永不' : `${most} 天`}）。趋势存在的把握为 ${sure}%。`,
  }
}

const percent = (part: number) => Math.round(part * 100)

/** Says for people how old a part is, how many of its like have failed, and how likely it does, with how sure that is. */
export function ageWords(wear: Wear & { readonly item?: string | undefined }, horizonHours: number) {
  const { item, by, age, since, failures, lives, devices, chance, left } = wear
  const [sure, soon] = [
    `${percent(chance.low)} % and ${percent(chance.high)} %`,
    `${percent(chance.low)}% 至 ${percent(chance.high)}%`,
  ]
  const from = since?.slice(0, 10)
  const hours = Math.round(age)
  return {
    en: `${item ? `Part ${item}` : 'It'} has ${by === 'use' ? 'worked' : 'been there'} for ${hours} hours${from ? `, since ${from}` : ''}. Of ${lives} lives in ${devices} devices of its kind ${failures} ended by failure; at this age another does within ${days(horizonHours)} days with a chance of ${percent(chance.chance)} % (90 % between ${sure}), and half have within ${days(left.hours)} days.`,
    zh: `${item ? `部件 ${item}` : '该设备'}已${by === 'use' ? '工作' : '使用'} ${hours} 小时${from ? `（自 ${from} 起）` : ''}。同类 ${devices} 台设备的 ${lives} 段寿命中有 ${failures} 段以故障告终；在此寿命下，${days(horizonHours)} 天内发生故障的概率为 ${percent(chance.chance)}%（90% 区间：${soon}），半数在 ${days(left.hours)} 天内发生故障。`,
  }
}
