import {
  type RunningServer,
  type ServerOptions,
  startServer,
} from '../../examples/mock-server/start-server.js'

/** The mock server in this process, on a port that is free, answering without pauses unless told otherwise. */
export function startMockServer(options: ServerOptions = {}): Promise<RunningServer> {
  return startServer({ paceMs: 0, ...options })
}
