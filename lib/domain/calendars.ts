import type { CalendarDays } from './calendar.ts'

/** Every day from the first to the last, within one month. */
function span(first: string, last: string): string[] {
  const [month, from, to] = [first.slice(0, 8), Number(first.slice(8)), Number(last.slice(8))]
  return Array.from({ length: to - from + 1 }, (_, index) => `${month}${String(from + index).padStart(2, '0')}`)
}

const weekend = [6, 7]

/**
 * The calendars that come with the product, by code. `define-calendar` replaces them: the State Council announces each
 * Chinese year in the November before, so the one here ends where its announcements were known.
 */
export const builtInCalendars: Readonly<Record<string, CalendarDays>> = {
  US: {
    name: 'United States, federal (5 U.S.C. 6103)',
    timeZone: 'America/New_York',
    weekend,
    holidays: [
      ...['2025-01-01', '2025-01-20', '2025-02-17', '2025-05-26', '2025-06-19', '2025-07-04', '2025-09-01'],
      ...['2025-10-13', '2025-11-11', '2025-11-27', '2025-12-25'],
      ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-03', '2026-09-07'],
      ...['2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
      ...['2027-01-01', '2027-01-18', '2027-02-15', '2027-05-31', '2027-06-18', '2027-07-05', '2027-09-06'],
      ...['2027-10-11', '2027-11-11', '2027-11-25', '2027-12-24', '2027-12-31'],
      ...['2028-01-17', '2028-02-21', '2028-05-29', '2028-06-19', '2028-07-04', '2028-09-04'],
      ...['2028-10-09', '2028-11-10', '2028-11-23', '2028-12-25'],
    ],
    workdays: [],
    from: '2025-01-01',
    until: '2028-12-31',
  },
  /** The terms of the MDR are calendar days; a member state's own holidays matter only for its own rules. */
  EU: {
    name: 'European Union (Regulation 1182/71; no holidays of member states)',
    timeZone: 'Europe/Brussels',
    weekend,
    holidays: [],
    workdays: [],
    from: '2025-01-01',
    until: '2099-12-31',
  },
  DE: {
    name: 'Germany, holidays of all states',
    timeZone: 'Europe/Berlin',
    weekend,
    holidays: [
      ...['2025-01-01', '2025-04-18', '2025-04-21', '2025-05-01', '2025-05-29', '2025-06-09', '2025-10-03'],
      ...['2025-12-25', '2025-12-26'],
      ...['2026-01-01', '2026-04-03', '2026-04-06', '2026-05-01', '2026-05-14', '2026-05-25', '2026-10-03'],
      ...['2026-12-25', '2026-12-26'],
      ...['2027-01-01', '2027-03-26', '2027-03-29', '2027-05-01', '2027-05-06', '2027-05-17', '2027-10-03'],
      ...['2027-12-25', '2027-12-26'],
      ...['2028-01-01', '2028-04-14', '2028-04-17', '2028-05-01', '2028-05-25', '2028-06-05', '2028-10-03'],
      ...['2028-12-25', '2028-12-26'],
    ],
    workdays: [],
    from: '2025-01-01',
    until: '2028-12-31',
  },
  CN: {
    name: '中国（国务院办公厅节假日安排）',
    timeZone: 'Asia/Shanghai',
    weekend,
    holidays: [
      ...['2025-01-01', ...span('2025-01-28', '2025-01-31'), ...span('2025-02-01', '2025-02-04')],
      ...[...span('2025-04-04', '2025-04-06'), ...span('2025-05-01', '2025-05-05'), '2025-05-31'],
      ...[...span('2025-06-01', '2025-06-02'), ...span('2025-10-01', '2025-10-08')],
      ...[...span('2026-01-01', '2026-01-03'), ...span('2026-02-15', '2026-02-23')],
      ...[...span('2026-04-04', '2026-04-06'), ...span('2026-05-01', '2026-05-05')],
      ...[
        ...span('2026-06-19', '2026-06-21'),
        ...span('2026-09-25', '2026-09-27'),
        ...span('2026-10-01', '2026-10-07'),
      ],
    ],
    workdays: [
      ...['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'],
      ...['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
    ],
    from: '2025-01-01',
    until: '2026-12-31',
  },
}
