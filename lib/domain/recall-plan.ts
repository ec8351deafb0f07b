import * as z from 'zod'
import { Day, Line, Reason } from './values.ts'

/** What consignees and users are asked to do, as the Commission's field safety notice lists it. */
export const UserAction = z.enum([
  'identify',
  'quarantine',
  'return',
  'destroy',
  'modify',
  'inspect',
  'patient-follow-up',
  'note-ifu',
  'other',
  'none',
])

/** What the maker does, as the Commission's field safety notice lists it. */
export const MakerAction = z.enum(['removal', 'on-site-change', 'software-update', 'ifu-change', 'other', 'none'])

/** A text in the languages in which regulators and consignees read it. */
const Words = z.strictObject({ en: Reason.optional(), zh: Reason.optional() })

/** What a recall sets out to do; what is not given shows in each report as missing. */
export const Plan = z.strictObject({
  /** A correction leaves the device where it is, a removal takes it away (21 CFR 806.2). */
  kind: z.enum(['correction', 'removal']),
  /** The company's how-many-th report of this day, as part of the report number (21 CFR 806.10(c)(1)). */
  sequence: z.int().min(1).max(999).default(1),
  /** The company's own references of the action and of the notice (EU). */
  reference: Line.optional(),
  noticeReference: Line.optional(),
  userActions: z.array(UserAction).min(1).max(10),
  makerActions: z.array(MakerAction).min(1).max(6),
  /** How and when the problem came to light, 事件发现. */
  discovery: Words.optional(),
  /** What the investigation found, 调查评估结果. */
  investigation: Words.optional(),
  /** Root cause. */
  cause: Words.optional(),
  /** What is done, in words: organisation, extent, steps, 召回措施. */
  measures: Words.optional(),
  /** Where and how far it is made public, 公布途径与范围. */
  publicity: Words.optional(),
  /** 预期效果. */
  expected: Words.optional(),
  /** What becomes of what comes back, 处理措施. */
  disposition: Words.optional(),
  /** What keeps it from happening again, 纠正预防措施. */
  prevention: Words.optional(),
  /** Whether patients must be looked after, and how. */
  patients: Words.optional(),
  /** Versions of the software that is affected, and devices that are used with it (EU). */
  softwareVersions: Line.optional(),
  associatedDevices: Words.optional(),
  /** What else tells how grave it is (EU). */
  furtherRisk: Words.optional(),
  /** Whether patients and lay users must be told (EU). */
  tellPatients: z.boolean().optional(),
  /** Of an update: the notice before, and what is new (EU). */
  previousNotice: z.strictObject({ reference: Line, date: Day }).optional(),
  newInformation: Words.optional(),
  /** Whether more advice is to come, on what, and when (EU). */
  followUp: z.strictObject({ expected: z.boolean(), about: Words.optional(), by: Day.optional() }).optional(),
  /** What is sent along with the notice (EU). */
  attachments: Words.optional(),
  /** Until when users act and answer. */
  actBy: Day.optional(),
  answerBy: Day.optional(),
  /** When all is expected to be done. */
  completeBy: Day.optional(),
})
export type Plan = z.infer<typeof Plan>
