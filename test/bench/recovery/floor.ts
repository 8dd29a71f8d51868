import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { median } from '../../performance/measure.js'

/** Milliseconds of what nobody can do without: a TCP connect and one round trip over it. */
export async function measureFloor(times: number): Promise<number> {
  const server = createServer((_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const figures: number[] = []
    for (let index = 0; index < times; index++) {
      const begin = performance.now()
      const [response] = await once(get({ host: '127.0.0.1', port, agent: false }), 'response')
      figures.push(performance.now() - begin)
      response.resume()
    }
    return median(figures)
  } finally {
    server.close()
  }
}
