import { setTimeout as delay } from 'node:timers/promises'
import { nanoid } from 'nanoid'
import { runNode } from '../../examples/cluster/run-node.js'
import { readQuestion, wordOf } from './questions.js'

/** Milliseconds for which an answer waits for the blow that its question asked for. */
const blowWithinMs = 500

// Each run says words that no other run says, and the runner is told of each.
await runNode(
  ({ name, paceMs }) =>
    async function* respond({ taskId, attempt, messages, signal }) {
      const run = nanoid(8)
      const question = readQuestion(messages.at(-1))
      process.send?.({ type: 'run', taskId, attempt })
      for (let number = 0; number < question.words; number += 1) {
        if (attempt === 1 && number === question.blowAt) {
          process.send?.({ type: 'blow', node: name, words: number })
          await delay(blowWithinMs, undefined, { signal })
        }
        if (paceMs > 0) await delay(paceMs, undefined, { signal })
        yield wordOf(run, number)
      }
    },
)
