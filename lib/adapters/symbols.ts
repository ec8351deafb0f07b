import { datamatrix, type RenderOptions } from 'bwip-js/generic'
import type { Ports } from '#kit/ports'
import type { Symbol2d } from '#kit/sheet'

type Point = readonly [x: number, y: number]

/** Keeps what the library draws as one path, a module a unit. */
function outline() {
  const parts: string[] = []
  let side = 0
  const nothing = () => {}
  const drawing = {
    ...{ setopts: nothing, line: nothing, hexagon: nothing, ellipse: nothing, fill: nothing, text: nothing },
    scale: () => [1, 1],
    measure: () => ({ width: 0, ascent: 0, descent: 0 }),
    init: (width: number) => {
      side = width
    },
    polygon: (points: readonly Point[]) => parts.push(`M${points.map(([x, y]) => `${x} ${y}`).join('L')}Z`),
    end: () => ({ side, path: parts.join('') }),
  }
  return drawing
}

/** GS1 DataMatrix (ISO/IEC 16022) by bwip-js. */
export const symbols: Ports['symbols'] = {
  dataMatrix(text) {
    const options: RenderOptions = {
      bcid: 'datamatrix',
      text: text.replaceAll('^', '^FNC1'),
      parsefnc: true,
    }
    return datamatrix(options, outline() as any) as unknown as Symbol2d
  },
}
