import { describe, expect, it } from 'vitest'
import { compacted } from '../../../src/server/store/apply-compaction.js'
import { CandidateEpochs } from '../../../src/server/store/candidate-epochs.js'
import { EmbeddedStore, type EVERY_NODE } from '../../../src/server/store/embedded-store.js'
import type { Change, Compaction, ConversationKey, Step } from '../../../src/server/store/index.js'
import { judgeStep } from '../../../src/server/store/judge-step.js'
import { Leases } from '../../../src/server/store/leases.js'
import { ListenersByKey } from '../../../src/server/store/listeners-by-key.js'
import { MemoryKeeper } from '../../../src/server/store/memory-keeper.js'
import { type ConversationRecord, positionOf } from '../../../src/server/store/record.js'
import { silentLogger } from '../../../src/shared/logger.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { type StoreUnderTest, storeContract } from './store-contract.js'

type IsUsed = (key: ConversationKey) => boolean

/** What is wrong in a memory store. */
interface Fault {
  readonly keeper?: typeof MemoryKeeper
  readonly leases?: typeof Leases
  readonly judge?: typeof judgeStep
  /** Each node has candidate epochs of its own. */
  readonly ownEpochs?: boolean
}

const storeWith =
  ({ keeper: Keeper = MemoryKeeper, leases: OwnLeases = Leases, judge = judgeStep, ownEpochs }: Fault) =>
  async (): Promise<StoreUnderTest> => {
    const clock = new VirtualClock()
    let ids = 0
    const newCandidates = () => new CandidateEpochs(clock, () => `epoch-${++ids}`)
    const shared = {
      keeper: new Keeper({ maxBytes: 1e9, clock, logger: silentLogger, onForgotten: () => {} }),
      candidates: newCandidates(),
      leases: new OwnLeases(clock),
      changes: new ListenersByKey<ConversationKey, Change>(),
      messages: new ListenersByKey<typeof EVERY_NODE, unknown>(),
      judge,
    }
    const other = ownEpochs ? { ...shared, candidates: newCandidates() } : shared
    const nodes = [new EmbeddedStore(shared), new EmbeddedStore(other)] as const
    const close = async () => {
      for (const node of nodes) await node.close()
    }
    return { nodes, advance: (ms) => clock.advance(ms), close }
  }

const leaseOf = (step: Step) => ('lease' in step ? step.lease : undefined)

const faults: Record<string, { fault: Fault; cases: string[] }> = {
  'compares no fence': {
    fault: {
      judge: (record, fence, step) => judgeStep(record, leaseOf(step)?.fence ?? fence, step),
    },
    cases: [
      'a run step with an older fence is fenced and stores nothing',
      'a start with an older fence is fenced, though nothing was decided since',
      'a run is lost if the store has never given its lease',
      'a node that asks again gets a higher fence, and its older one is over',
    ],
  },
  'appends a repeated run step again': {
    fault: {
      judge: (record, fence, step) => {
        const { lastLeaseStep } = record
        const isRepeat =
          leaseOf(step)?.fence === lastLeaseStep.fence && leaseOf(step)?.seq === lastLeaseStep.seq
        const before = { ...lastLeaseStep, seq: lastLeaseStep.seq - 1 }
        return judgeStep(isRepeat ? { ...record, lastLeaseStep: before } : record, fence, step)
      },
    },
    cases: [
      'a run step that is repeated after a lost reply is appended once and answered with its offsets',
      'a run step that comes twice in one instant is appended once',
      'a start that is repeated after a lost reply is stored once',
      'a run goes on over a fold, and its last step is still recognised',
    ],
  },
  'accepts a repeated task again': {
    fault: {
      judge: (record, fence, step) =>
        judgeStep(record, fence, step.kind === 'accept' ? { ...step, kind: 'decide' } : step),
    },
    cases: [
      'a task is accepted once, over whichever node it comes again, and the repeat is told what the task is',
      'a task that comes over two nodes in one instant is accepted once',
      'a known task with another input is told apart',
      'a task id is recognised after the task is over and its events are folded',
      'a stop that comes before the send is found by the send, whatever its input',
      'a tombstone is kept for 48 hours, whatever is stored and folded meanwhile',
    ],
  },
  'lets a run append that is over': {
    fault: {
      judge: (record, fence, step) =>
        judgeStep(step.kind === 'run' ? { ...record, running: step.run } : record, fence, step),
    },
    cases: [
      'a run that was stopped appends nothing more',
      'a try or an attempt that is over appends nothing more, though its lease is the newest',
    ],
  },
  'goes on with a run after a step of it was lost': {
    fault: {
      judge: (record, fence, step) => {
        const seq = leaseOf(step)?.seq
        const { lastLeaseStep } = record
        if (seq === undefined || seq <= lastLeaseStep.seq + 1) return judgeStep(record, fence, step)
        return judgeStep({ ...record, lastLeaseStep: { ...lastLeaseStep, seq: seq - 1 } }, fence, step)
      },
    },
    cases: ['a run whose acknowledged step is not stored is lost'],
  },
  'stores a decision whatever was decided since': {
    fault: {
      judge: (record, fence, step) =>
        judgeStep(record, fence, step.kind === 'run' ? step : { ...step, expect: positionOf(record) }),
    },
    cases: [
      'a step of an epoch that nobody named is a conflict',
      'a decision from an older rev conflicts and stores nothing',
      'of decisions that are made from one rev at the same time one is stored',
    ],
  },
  'does not raise rev by a decision that has no event': {
    fault: {
      keeper: class extends MemoryKeeper {
        override onWritten(record: ConversationRecord) {
          const { tasks, events } = this.#step
          if (tasks.length > 0 && events.length === 0) record.rev -= 1
          super.onWritten(record)
        }
        #step: Pick<Step, 'tasks' | 'events'> = { tasks: [], events: [] }
        override write(record: ConversationRecord, step: Step, isUsed: IsUsed) {
          this.#step = step
          super.write(record, step, isUsed)
        }
      },
    },
    cases: [
      'rev rises with every decision, also with one that has no event',
      'a decision without an event is told too',
    ],
  },
  'raises rev by each delta': {
    fault: {
      keeper: class extends MemoryKeeper {
        override write(record: ConversationRecord, step: Step, isUsed: IsUsed) {
          if (step.kind === 'run' && step.tasks.length === 0 && step.running === undefined) record.rev += 1
          super.write(record, step, isUsed)
        }
      },
    },
    cases: [
      'deltas do not make a decision conflict',
      'accepted tasks do not make a run conflict',
      'a step that decides within a run raises rev; a delta does not',
    ],
  },
  'lets the base move back': {
    fault: {
      keeper: class extends MemoryKeeper {
        override compact(record: ConversationRecord, compaction: Compaction): boolean {
          if (super.compact(record, compaction)) return true
          if (compaction.epoch !== record.epoch || compaction.base !== 0) return false
          const order = { keep: 0, ids: compaction.changedMessages.map(({ id }) => id) }
          Object.assign(record, compacted(record, { ...compaction, order }))
          return true
        }
      },
    },
    cases: ['the base never moves back, nor does a fold from an older base replace a newer one'],
  },
  'forgets the ids of tasks when it compacts': {
    fault: {
      keeper: class extends MemoryKeeper {
        override compact(record: ConversationRecord, compaction: Compaction): boolean {
          const done = super.compact(record, compaction)
          if (done) record.closed.clear()
          return done
        }
      },
    },
    cases: [
      'a task id is recognised after the task is over and its events are folded',
      'a tombstone is kept for 48 hours, whatever is stored and folded meanwhile',
    ],
  },
  'takes a conversation off the list of open work when one of its tasks ends': {
    fault: {
      keeper: class extends MemoryKeeper {
        #ends = false
        override write(record: ConversationRecord, step: Step, isUsed: IsUsed) {
          this.#ends = step.tasks.some(({ state }) => state === 'finished')
          super.write(record, step, isUsed)
        }
        override onWritten(record: ConversationRecord) {
          super.onWritten(record)
          if (this.#ends) this.forgetOpen(record.key)
        }
      },
    },
    cases: ['a conversation stays due after the end of one task while another one is open'],
  },
  'lists work only once a node has had its lease': {
    fault: {
      keeper: class extends MemoryKeeper {
        override openKeys() {
          return super.openKeys().filter((key) => this.get(key)?.lastLeaseStep.fence !== 0)
        }
      },
    },
    cases: [
      'queued work that never had a lease is due',
      'work is not due while a node holds its lease, and is due once the lease is released or has expired',
      'work under a lease is named if it is asked for, and what is over is not',
      'a failed task is due only once its retry is stored',
      'what waits longest comes first, and no more than asked for',
      'a conversation with open work is not forgotten',
    ],
  },
  'gives the lease to whoever asks': {
    fault: {
      leases: class extends Leases {
        override take(key: ConversationKey, node: string, ttlMs: number) {
          return super.take(key, this.holderOf(key) ?? node, ttlMs)
        }
      },
    },
    cases: [
      'one node at a time holds the lease of a conversation',
      'of nodes that ask at the same time one gets the lease',
      'a lease that expired goes to another node, with a higher fence, and the old one can’t be renewed',
      'renewing extends the lease and tells the position',
      'releasing a lease that is over does not free the lease that came after',
    ],
  },
  'lets each node name an epoch of its own': {
    fault: { ownEpochs: true },
    cases: [
      'two nodes name the same epoch for an unknown conversation, for 10 minutes, and the first step begins that epoch',
      'a task that comes over two nodes in one instant is accepted once',
    ],
  },
}

async function failedCases(fault: Fault): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of storeContract(storeWith(fault))) await run().catch(() => failed.push(name))
  return failed
}

describe('the contract names the fault of a store that', () => {
  it('has none', async () => {
    expect(await failedCases({})).toEqual([])
  })

  for (const [name, { fault, cases }] of Object.entries(faults)) {
    it(name, async () => {
      expect(await failedCases(fault)).toEqual(cases)
    })
  }
})
