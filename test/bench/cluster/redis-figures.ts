import type { Redis } from 'ioredis'

/** What Redis has done since it started. */
export interface RedisFigures {
  readonly commands: number
  /** In both directions. */
  readonly bytes: number
  /** Microseconds of CPU. */
  readonly cpu: number
}

const numberIn = (info: string, name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])

export async function readFigures(redis: Redis): Promise<RedisFigures> {
  const [stats, cpu] = [await redis.info('stats'), await redis.info('cpu')]
  return {
    commands: numberIn(stats, 'total_commands_processed'),
    bytes: numberIn(stats, 'total_net_input_bytes') + numberIn(stats, 'total_net_output_bytes'),
    cpu: (numberIn(cpu, 'used_cpu_user') + numberIn(cpu, 'used_cpu_sys')) * 1e6,
  }
}

/** Bytes that all keys of a prefix take, by Redis' own count. */
export async function memoryOf(redis: Redis, prefix: string): Promise<number> {
  let bytes = 0
  for (const key of await redis.keys(`${prefix}*`))
    bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0
  return bytes
}
