/** Ids that the API gave, by the names of the plan, in which no two things share one. */
export class Ids {
  private readonly ids = new Map<string, string>()
  private readonly names = new Map<string, string>()

  keep(name: string, id: string): string {
    this.ids.set(name, id)
    this.names.set(id, name)
    return id
  }

  /** The id of a thing of the plan; throws when no chapter has made it yet. */
  of(name: string): string {
    const id = this.ids.get(name)
    if (!id) throw new Error(`"${name}" has no id yet: a chapter before must make it`)
    return id
  }

  /** The name of the plan for an id; the id itself where the plan has none. */
  nameOf(id: string): string {
    return this.names.get(id) ?? id
  }
}
