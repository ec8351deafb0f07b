/** A bar code as modules: the side in modules, and an SVG path of the dark ones. */
export interface Symbol2d {
  readonly side: number
  readonly path: string
}

export interface Cell {
  readonly text: string
  /** Drawn above the text. */
  readonly symbol?: Symbol2d | undefined
  /** Says that something is not there; drawn so that it is seen. */
  readonly missing?: boolean
}

/** A piece of a document, in the order in which it is read. */
export type Block =
  | { readonly kind: 'mark'; readonly text: string; readonly urgent: boolean }
  | { readonly kind: 'title' | 'heading' | 'subheading' | 'text'; readonly text: string }
  | { readonly kind: 'steps'; readonly items: readonly string[] }
  | {
      readonly kind: 'table'
      readonly head: readonly string[]
      /** Share of the width of each column; they make 1. */
      readonly widths: readonly number[]
      readonly rows: readonly (readonly Cell[])[]
    }

/** A document for paper, without a place for anything yet. */
export interface Sheet {
  readonly title: string
  readonly language: 'en' | 'zh'
  readonly blocks: readonly Block[]
}
