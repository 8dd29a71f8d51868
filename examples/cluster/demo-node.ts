import { ScriptedResponder } from '../mock-server/scripted-responder.js'
import { runNode } from './run-node.js'

/** A node of the demo. It tells the program that started it when it begins an answer, and when it is done with it. */
await runNode(({ name, paceMs }) => {
  const responder = new ScriptedResponder({ paceMs })
  return async function* respond(request) {
    process.send?.({ type: 'answering', node: name })
    try {
      yield* responder.respond(request)
    } finally {
      process.send?.({ type: 'answered', node: name })
    }
  }
})
