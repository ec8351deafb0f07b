import { join } from 'node:path'
import type { Cloud, Resource } from './cloud.ts'
import { onlyProperties } from './properties.ts'

interface Column {
  readonly name: string
  /** DuckDB's type. */
  readonly type: string
}

/** A table of the Glue catalog over Parquet files in S3. */
export interface GlueTable {
  readonly database: string
  readonly name: string
  readonly columns: readonly Column[]
  /** Folders of the form `key=value` that hold the files. */
  readonly partitionKeys: readonly string[]
  /** Folder of its files on this machine. */
  readonly folder: string
}

const SCALARS: Readonly<Record<string, string>> = {
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  double: 'DOUBLE',
  int: 'INTEGER',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
}

/** The tables of the template; what they use and the local cloud does not know throws. */
export function glueTables(cloud: Cloud): GlueTable[] {
  for (const database of cloud.ofType('AWS::Glue::Database')) onlyProperties(database, 'CatalogId', 'DatabaseInput')
  return cloud.ofType('AWS::Glue::Table').map((resource) => tableOf(cloud, resource))
}

function tableOf(cloud: Cloud, resource: Resource): GlueTable {
  onlyProperties(resource, 'CatalogId', 'DatabaseName', 'TableInput')
  const { DatabaseName: database, TableInput: input } = resource.properties
  const { Columns, Location, SerdeInfo } = input.StorageDescriptor
  if (!/ParquetHiveSerDe$/.test(SerdeInfo.SerializationLibrary))
    throw new Error(`table ${database}.${input.Name} is not of Parquet files, which is all that the local cloud reads`)
  return {
    database,
    name: input.Name,
    columns: Columns.map(({ Name, Type }: { Name: string; Type: string }) => ({ name: Name, type: duckdbType(Type) })),
    partitionKeys: (input.PartitionKeys ?? []).map(({ Name }: { Name: string }) => Name),
    folder: join(cloud.data, 's3', String(Location).replace(/^s3:\/\//, '')),
  }
}

function duckdbType(type: string): string {
  const [, key, value] = /^map<(\w+),(\w+)>$/.exec(type) ?? []
  if (key && value) return `MAP(${duckdbType(key)}, ${duckdbType(value)})`
  const scalar = SCALARS[type]
  if (!scalar) throw new Error(`the local cloud does not know the Glue type ${type}`)
  return scalar
}
