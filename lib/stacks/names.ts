import { ArnFormat, type Stack } from 'aws-cdk-lib'

/**
 * Physical names of what other stacks and people refer to.
 *
 * Functions and state machines are many and come and go with their files. A reference from another stack would be an
 * export, and an export that is in use cannot be removed: deleting one command's file would fail to deploy. Their names
 * are therefore given here, and their ARNs made of them. The few lasting things (table, key, bus) are real references.
 */
export class Names {
  private readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** `quality/hold-lot` -> `lotline-quality-hold-lot`. */
  function(name: string): string {
    const full = `${this.prefix}-${name.replace('/', '-')}`
    if (full.length > 64)
      throw new Error(`lambdas/${name}.ts makes the function name "${full}"; Lambda allows 64 characters. Rename it.`)
    return full
  }

  functionArn(stack: Stack, name: string): string {
    const resourceName = this.function(name)
    return stack.formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  }

  /** `recall` -> `lotline-recall`, also of queues and the bus. */
  of(name: string): string {
    return `${this.prefix}-${name}`
  }

  /** Queue of what a reaction could not handle. */
  deadLetters(name: string): string {
    return `${this.function(name)}-dead`
  }

  /** Queue of what nobody could take from this queue. */
  putAside(queue: string): string {
    return `${this.of(queue)}-dead`
  }

  /** Buckets share one space of names with everybody: the account and the region make it ours. */
  bucket(stack: Stack, name: string): string {
    return `${this.of(name)}-${stack.account}-${stack.region}`
  }

  machineArn(stack: Stack, machine: string): string {
    return stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: this.of(machine),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  }

  stack(name: string): string {
    return `${this.prefix}-${name}`
  }
}
