/** A value that the stacks put into the function's environment; its absence is a fault of the deployment. */
export function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set. Deploy the function with the stacks of this project, which set it.`)
  return value
}
