import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Discovered } from '../discover.ts'
import type { Surroundings } from './grants.ts'
import { SpecFunction } from './spec-function.ts'

interface AreaProps extends StackProps {
  readonly found: readonly Discovered[]
  /** Folder of each bundle by the function's name. */
  readonly folders: ReadonlyMap<string, string>
  readonly around: Surroundings
}

/** All functions of one area of the business, each with what triggers it. */
export class AreaStack extends Stack {
  constructor(scope: Construct, id: string, { found, folders, around, ...props }: AreaProps) {
    super(scope, id, props)
    for (const one of found)
      new SpecFunction(this, one.name.slice(one.area.length + 1), {
        found: one,
        folder: folders.get(one.name)!,
        around,
        statements: [],
      })
  }
}
