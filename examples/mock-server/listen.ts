import type { AddressInfo, Server } from 'node:net'

/**
 * Resolves with the address once the server listens there.
 *
 * @param port 0 lets the system choose.
 * @throws NodeJS.ErrnoException if it can't, such as `EADDRINUSE`.
 */
export const listen = (server: Server, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
