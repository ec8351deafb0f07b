import type { Actor } from './command.ts'

/** A business command that a reaction runs because of a message: who asks for it, and with what. */
export interface Dispatch {
  /** Name of the command, `area/verb-noun`. */
  readonly dispatch: string
  readonly input: Readonly<Record<string, unknown>>
  /** On whose behalf; a device may ask for its own site only. */
  readonly actor: Actor
}

/** Decides that a business command be run, in the transaction and by the rules of that command. */
export const dispatch = (name: string, input: Dispatch['input'], actor: Omit<Actor, 'roles'>): Dispatch => ({
  dispatch: name,
  input,
  actor: { ...actor, roles: [] },
})

export const isDispatch = (value: unknown): value is Dispatch =>
  typeof value === 'object' && value !== null && 'dispatch' in value
