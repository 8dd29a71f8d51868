import type { Job, Measured } from './scenario.js'
import { deltasWithBareSocketIo, sendsWithBareSocketIo } from './with-bare-socket-io.js'
import { deltasWithReconvene, sendsWithReconvene } from './with-reconvene.js'

function run(job: Job): Promise<Measured> {
  const { contender, url, scenario } = job
  const isBare = contender === 'socket.io-client'
  if (scenario.kind === 'sends')
    return isBare ? sendsWithBareSocketIo(url, scenario) : sendsWithReconvene(job, scenario)
  return isBare ? deltasWithBareSocketIo(url, scenario) : deltasWithReconvene(job, scenario)
}

const measured = await run(JSON.parse(process.argv[2] ?? '') as Job)
// Exits by itself then, so that a profile of it is written.
process.send?.(measured, () => process.disconnect())
if (!process.send) process.stdout.write(`${JSON.stringify(measured)}\n`)
