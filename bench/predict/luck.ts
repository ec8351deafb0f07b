import { Chance } from '../../test/fuzz/chance.ts'

/** Repeatable chance in the shapes that machines wear by. */
export class Luck extends Chance {
  between = (low: number, high: number) => low + this.next() * (high - low)

  /** Standard normal (Box and Muller). */
  normal = () => Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())

  weibull = (shape: number, scale: number) => scale * (-Math.log(1 - this.next())) ** (1 / shape)
}
