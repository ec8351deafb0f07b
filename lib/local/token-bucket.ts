/** A token bucket: `take` says whether one more request fits into the steady rate per second and the burst. */
export class TokenBucket {
  readonly #rate: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate
    this.#burst = burst
    this.#tokens = burst
    this.#filledAt = now
  }

  /** Takes one token at `now` (milliseconds); false when there is none. */
  take(now: number): boolean {
    const refilled = this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate
    this.#tokens = Math.min(this.#burst, refilled)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
