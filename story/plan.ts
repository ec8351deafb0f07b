/** The day as it is planned: names and numbers only. Everything here is fictional and the same on every machine. */

export const site = {
  code: 'SUZ',
  name: 'Lanhai Medical, Suzhou plant 蓝海医疗苏州工厂',
  country: 'CN',
  timeZone: 'Asia/Shanghai',
}

const cold = { minC: 2, maxC: 8 }

export const locations = [
  { code: 'RECEIVING', name: 'Goods-in 收货区', zone: 'receiving' },
  { code: 'STORE-A', name: 'Component store 元器件库', zone: 'ambient' },
  { code: 'COLD-1', name: 'Cold room 1 冷库一', zone: 'cold', storage: cold },
  { code: 'LINE-1', name: 'Battery and pump line 生产线', zone: 'production' },
  { code: 'FINISHED', name: 'Finished goods 成品库', zone: 'ambient' },
  { code: 'RETURNS', name: 'Returns cage 退货区', zone: 'quarantine' },
]

export const deviceKind = {
  code: 'storage-sensor',
  name: { en: 'Storage sensor', zh: '库房传感器' },
  thingType: 'sensor',
  dictionary: {
    metrics: [{ code: 'temperatureC', unit: '°C', min: -100, max: 150, range: 'temperature', margin: 0.5 }],
  },
}

const each = { unit: 'each' }
const part = { ...each, kind: 'component', tracking: 'lot' }

export const items = [
  { ...part, code: 'CELL-21700', name: { en: 'Battery cell 21700', zh: '21700 电芯' } },
  { ...part, code: 'BMS-4S', name: { en: 'Battery protection board', zh: '电池保护板' } },
  { ...part, code: 'MOTOR-28', name: { en: 'Stepper motor 28 mm', zh: '28 毫米步进电机' } },
  { ...part, code: 'HOUSING-100', name: { en: 'Pump housing', zh: '泵壳' } },
  { ...part, code: 'CONTROL-7', name: { en: 'Controller with display', zh: '带屏控制板' } },
  { ...part, kind: 'assembly', code: 'PACK-4S', name: { en: 'Battery pack', zh: '电池包' } },
  { ...part, kind: 'assembly', code: 'MODULE-100', name: { en: 'Pump module', zh: '泵模块' } },
  {
    ...{ ...each, kind: 'device', tracking: 'serial', code: 'PUMP-100', gtin: '09526000000143' },
    name: { en: 'Infusion pump LH-100', zh: 'LH-100 输液泵' },
  },
  {
    ...{ ...part, kind: 'device', code: 'TUBING-20', gtin: '09526000000211', shelfLifeDays: 540, storage: cold },
    name: { en: 'Tubing set, heparin-coated', zh: '肝素涂层输液管路' },
  },
]

/** What one of an item is made of: three levels from the cell to the pump. */
export const boms = [
  { item: 'PACK-4S', lines: { 'CELL-21700': 4, 'BMS-4S': 1 } },
  { item: 'MODULE-100', lines: { 'PACK-4S': 1, 'MOTOR-28': 1, 'HOUSING-100': 1 } },
  { item: 'PUMP-100', lines: { 'MODULE-100': 1, 'CONTROL-7': 1 } },
]

export const suppliers = [
  { code: 'S-HENGYUAN', name: 'Hengyuan Cells 恒源电芯', language: 'zh', country: 'CN' },
  { code: 'S-NORDZELL', name: 'Nordzell GmbH', language: 'en', country: 'DE' },
  { code: 'S-MIKRODRIVE', name: 'Mikrodrive AG', language: 'en', country: 'CH' },
  { code: 'S-JINGMO', name: 'Jingmo Moulding 精模注塑', language: 'zh', country: 'CN' },
  { code: 'S-POLYFLOW', name: 'Polyflow Medical Ltd', language: 'en', country: 'IE' },
]

export const hospitals = [
  { code: 'H-01', name: 'St. Anna Hospital, Berlin', language: 'en', country: 'DE' },
  { code: 'H-02', name: 'Beichen Hospital 北辰医院', language: 'zh', country: 'CN' },
  { code: 'H-03', name: 'Lakeside Clinic, Zurich', language: 'en', country: 'CH' },
  { code: 'H-04', name: 'Donghu Hospital 东湖医院', language: 'zh', country: 'CN' },
  { code: 'H-05', name: 'Harbour General, Cork', language: 'en', country: 'IE' },
  { code: 'H-06', name: 'Yunshan Hospital 云山医院', language: 'zh', country: 'CN' },
  { code: 'H-07', name: 'Northfield Royal, Leeds', language: 'en', country: 'GB' },
  { code: 'H-08', name: 'Clinica Sant Jordi, Girona', language: 'en', country: 'ES' },
  { code: 'H-09', name: 'Xishan Hospital 西山医院', language: 'zh', country: 'CN' },
  { code: 'H-10', name: 'Fjordside Hospital, Bergen', language: 'en', country: 'NO' },
  { code: 'H-11', name: 'Jinjiang Hospital 锦江医院', language: 'zh', country: 'CN' },
  { code: 'H-12', name: 'Riverbend Medical, Porto', language: 'en', country: 'PT' },
]

export const equipment = [
  { code: 'WELDER-1', name: 'Spot welder 点焊机', calibrateEveryDays: 180 },
  { code: 'PRESS-2', name: 'Assembly press 装配压机', calibrateEveryDays: 365 },
  { code: 'FLOW-BENCH-3', name: 'Flow test bench 流量测试台', calibrateEveryDays: 90 },
]

/** The lot on which suspicion falls in the evening, by its number on the supplier's label; it came in two deliveries. */
export const suspect = { supplier: 'S-HENGYUAN', supplierLot: 'HY-2609-17' }

export interface Delivery {
  readonly lot: string
  readonly item: string
  readonly supplier: string
  readonly supplierLot: string
  readonly quantity: number
  readonly store: string
  /** What inspection destroys. */
  readonly sample: number
  /** Why inspection rejects it. */
  readonly defect?: string
}

const delivery = (
  lot: string,
  item: string,
  supplier: string,
  supplierLot: string,
  quantity: number,
  more: Partial<Delivery> = {},
): Delivery => ({ ...{ lot, item, supplier, supplierLot, quantity, store: 'STORE-A', sample: 0 }, ...more })

export const deliveries = [
  delivery('CELL-2601', 'CELL-21700', suspect.supplier, suspect.supplierLot, 600, { sample: 5 }),
  delivery('CELL-2602', 'CELL-21700', suspect.supplier, suspect.supplierLot, 240, { sample: 5 }),
  delivery('CELL-2603', 'CELL-21700', 'S-NORDZELL', 'NZ-55210', 600, { sample: 5 }),
  delivery('BMS-2601', 'BMS-4S', 'S-NORDZELL', 'PB-8814', 260),
  delivery('MOTOR-2601', 'MOTOR-28', 'S-MIKRODRIVE', 'MD-0091', 250),
  delivery('CONTROL-2601', 'CONTROL-7', 'S-MIKRODRIVE', 'CT-7-334', 220),
  delivery('HOUSING-2601', 'HOUSING-100', 'S-JINGMO', 'JM-1102A', 250),
  delivery('HOUSING-2602', 'HOUSING-100', 'S-JINGMO', 'JM-1102B', 60, { defect: 'Sink mark across the sealing face' }),
  delivery('TUBING-2601', 'TUBING-20', 'S-POLYFLOW', 'PF-26-117', 400, { sample: 2, store: 'COLD-1' }),
]

export interface Run {
  readonly number: string
  readonly item: string
  readonly quantity: number
  readonly equipment: string
  /** Lots that go in, with how much of each. */
  readonly materials: Readonly<Record<string, number>>
  /** Number of the lot that comes out. */
  readonly lot: string
  readonly scrapped: number
  /** First and last serial number of what comes out, where it is tracked by serial. */
  readonly serials?: readonly [first: number, last: number]
  readonly reason?: string
}

/** Production orders in the order in which they run; the suspect cells go into the first of each pair. */
export const runs: readonly Run[] = [
  {
    ...{ number: 'WO-101', item: 'PACK-4S', quantity: 110, equipment: 'WELDER-1', lot: 'PACK-2601', scrapped: 2 },
    materials: { 'CELL-2601': 440, 'BMS-2601': 110 },
    reason: 'Two packs failed the pull test of their welds',
  },
  {
    ...{ number: 'WO-102', item: 'PACK-4S', quantity: 110, equipment: 'WELDER-1', lot: 'PACK-2602', scrapped: 0 },
    materials: { 'CELL-2603': 440, 'BMS-2601': 110 },
  },
  {
    ...{ number: 'WO-201', item: 'MODULE-100', quantity: 105, equipment: 'PRESS-2', lot: 'MODULE-2601', scrapped: 1 },
    materials: { 'PACK-2601': 105, 'MOTOR-2601': 105, 'HOUSING-2601': 105 },
    reason: 'One module dropped at the press',
  },
  {
    ...{ number: 'WO-202', item: 'MODULE-100', quantity: 104, equipment: 'PRESS-2', lot: 'MODULE-2602', scrapped: 0 },
    materials: { 'PACK-2602': 104, 'MOTOR-2601': 104, 'HOUSING-2601': 104 },
  },
  {
    ...{ number: 'WO-301', item: 'PUMP-100', quantity: 100, equipment: 'FLOW-BENCH-3', lot: 'PUMP-2601', scrapped: 0 },
    materials: { 'MODULE-2601': 100, 'CONTROL-2601': 100 },
    serials: [1, 100],
  },
  {
    ...{ number: 'WO-302', item: 'PUMP-100', quantity: 100, equipment: 'FLOW-BENCH-3', lot: 'PUMP-2602', scrapped: 0 },
    materials: { 'MODULE-2602': 100, 'CONTROL-2601': 100 },
    serials: [101, 200],
  },
]

/** `7` -> `LH100-0007`. */
export const serial = (n: number) => `LH100-${String(n).padStart(4, '0')}`

export const serialsOf = ([first, last]: readonly [number, number]) =>
  Array.from({ length: last - first + 1 }, (_, index) => serial(first + index))

/** Units that wait for their final inspection until tomorrow. */
export const uninspected = serialsOf([181, 200])

/** Two modules get their own number for the burn-in test. */
export const splitting = { lot: 'MODULE-2601', into: 'MODULE-2601-BI', quantity: 2 }

export const counts = [
  { lot: 'PACK-2601', location: 'LINE-1', found: 3 },
  { lot: 'HOUSING-2601', location: 'STORE-A', found: 39 },
]

/** A unit that was dropped in the store. */
export const dropped = serial(92)

export interface Dispatch {
  readonly number: string
  readonly hospital: string
  /** Carton of the pumps, with its serial shipping container code. */
  readonly carton: string
  readonly sscc: string
  readonly serials: readonly string[]
  readonly tubing: number
  /** Whether the hospital has confirmed by the evening. */
  readonly confirmed: boolean
}

const unitsFor = (hospital: string): readonly string[] => {
  const n = Number(hospital.slice(2))
  if (n < 8) return serialsOf([n * 12 - 11, n * 12])
  // One van load is of both halves of the day.
  if (n === 8) return [...serialsOf([85, 90]), ...serialsOf([101, 106])]
  return serialsOf([n * 12 - 1, n * 12 + 10])
}

/** Code of the n-th carton: extension digit, company prefix, serial reference and GS1's check digit. */
const ssccOf = (n: number): string => {
  const digits = `09526000${String(n).padStart(9, '0')}`
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1), 0)
  return digits + ((10 - (sum % 10)) % 10)
}

export const dispatches: readonly Dispatch[] = hospitals.map(({ code }) => ({
  number: `SH-26${code.slice(2)}`,
  hospital: code,
  carton: `CARTON-26${code.slice(2)}`,
  sscc: ssccOf(Number(code.slice(2))),
  serials: unitsFor(code),
  tubing: 20,
  confirmed: code !== 'H-07',
}))

export const comeback = { hospital: 'H-03', serial: serial(30), reason: 'Display flickers' }

/** A unit that somebody tries to ship while the drill holds it, and ships when the drill is over. */
export const attempt = { number: 'SH-2613', hospital: 'H-08', serial: serial(95) }

/** Temperatures of the cold room, one a minute; the door stands open for a while. */
export const coldRoom = {
  location: 'COLD-1',
  name: 'Cold room sensor 冷库温度计',
  temperaturesC: [
    ...Array.from({ length: 15 }, (_, minute) => 4.6 + (minute % 4) / 10),
    ...[5.8, 7.1, 8.3, 9.4, 10.2, 10.9, 11.3, 11.0, 9.6, 8.2],
    ...[7.0, 6.1, 5.5, 5.1, 4.9],
    ...Array.from({ length: 10 }, (_, minute) => 4.7 + (minute % 3) / 10),
  ],
  lot: 'TUBING-2601',
}
