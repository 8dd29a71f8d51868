import { type ESTree, type Plugin, Visitor } from 'vite'

/**
 * Properties of the client's own objects that no app, server or stored value has: the build gives them short names, since a
 * minifier must leave every property alone. The most frequent one is first. `test/scripts/short-names.test.ts` fails if a name
 * here can be seen from outside, and says why; then take the name off the list.
 */
export const internalNames: readonly string[] = `
store end onChanged phase timer reject again countShown listeners changes position alerts fail local current place reader
append ask places settled defaults refusal recent apply inputId view refuse flush joinsRequested lastHeard onInterestChanged
needsSnapshot waitFor accept begin failedAttempt onAbort onReplaced suspicion backoff change isDue joinError notify replacedBy
retriedAttempt select isAwaiting isOutdated isSynced render sync total catchUp currentId hasChanged inUse isFollowing isHeard
isLoaded joinsWhenAccepted leaving retain serverRetry isInteresting isRefused pump onRemoved onTimeout onWanted wasSent
beginAnew behind giveBack initial lastCompletedJoin maxBytes reset slowTimer unsent askToStop backOff chatTask dropOutOfOrder
expectOlder giveOlder isOfAnother isOutOfSight isOwn isTurn proceed receive rejoin restore runName setPart take up addText
answered describe isBusy isSecret isWaiting learn onRecovered onSkipped redactText reportDiscontinuity serverLimit areAwaited
awaitsSince beginSending enqueue findFailed gather giveUpGap hasHeardSince holds inquire isHeld mayRenew note observe
ofMessage ofTask onQueueChanged rejectAll onReplacing reportReplaced requireSnapshotIfSkipped setText shows succeeded whenOver
onRefused onConnected onAnswered onFinished onEnded onConnectionChanged areSuspect
`
  .trim()
  .split(/\s+/)

const letters = 'etnsriaoclhudpgfmbvyxkjqz'.split('')

// Some properties are as short already.
const taken = ['t', 's', 'r', 'h', 'd', 'm', 'en', 'ns']

/** The frequent letters first, then two at a time. */
const shortest = ['', ...letters]
  .flatMap((first) => letters.map((second) => first + second))
  .filter((name) => !taken.includes(name))

/** By the name in the source. */
export const shortNames: ReadonlyMap<string, string> = new Map(
  internalNames.map((name, index) => [name, shortest[index] ?? name]),
)

/** The build's plugin. What rolldown's own `mangleProps` prints has neither comments nor the marks of calls without effect. */
export const withShortNames = (): Plugin => ({
  name: 'short-names',
  renderChunk(code, _chunk, _options, { magicString }) {
    if (!magicString) throw new Error('unable to shorten names; experimental.nativeMagicString is off')
    const shorten = (key: ESTree.Node, isComputed: boolean, isShorthand = false) => {
      const short = key.type === 'Identifier' && !isComputed && shortNames.get(key.name)
      if (!short) return
      if (isShorthand) magicString.appendLeft(key.start, `${short}: `)
      else magicString.overwrite(key.start, key.end, short)
    }
    new Visitor({
      MemberExpression: ({ property, computed }) => shorten(property, computed),
      Property: ({ key, computed, shorthand }) => shorten(key, computed, shorthand),
      PropertyDefinition: ({ key, computed }) => shorten(key, computed),
      MethodDefinition: ({ key, computed }) => shorten(key, computed),
    }).visit(this.parse(code))
    return magicString
  },
})
