import { describe, expect, it } from 'vitest'
import { outcome, transcript } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'
import { tabsOfOnePerson } from '../support/tabs-of-one-person.js'

type Tabs = ReturnType<typeof tabsOfOnePerson>

/** Two tabs of one person; the second one, offline, has a message that waits. */
async function waiting() {
  const setup = tabsOfOnePerson()
  const { clock, goOffline, open } = setup
  const [one, two] = [open(), open()]
  const errors: string[] = []
  two.client.on('error', ({ error }) => errors.push(error.code))
  await clock.advance(100)
  goOffline()
  const task = two.conversation.sendMessage('waiting')
  await clock.advance(1000)
  return { ...setup, one, two, errors, task }
}

const comeBack = async ({ network, clock }: Pick<Tabs, 'network' | 'clock'>) => {
  network.reachable = true
  await clock.advance(30_000)
}

describe('after a sign-out in one tab, another tab of the same person', () => {
  it('sends neither its waiting message nor new ones, and nothing of it is stored', async () => {
    const setup = await waiting()
    const { network, one, two, clock, storage, task } = setup
    await one.client.signOut()
    await clock.advance(10)
    const late = two.client.conversation('demo').sendMessage('new')
    const again = two.conversation.sendMessage('new too')
    await comeBack(setup)
    expect(network.sent('chat:send')).toEqual([])
    expect(await storedBy(storage, 'ann')).toEqual([])
    for (const { accepted } of [task, late, again]) expect(await outcome(accepted)).toBe('signed_out')
  })

  it('shows everywhere that the person was signed out', async () => {
    const { one, two, clock, errors } = await waiting()
    const heard: string[] = []
    two.conversation.on('error', ({ code }) => heard.push(code))
    let told = 0
    two.conversation.subscribe(() => told++)
    await one.client.signOut()
    await clock.advance(100)
    const { error, messages } = two.conversation.getSnapshot()
    expect(error).toMatchObject({ code: 'signed_out', action: 'sign-in', retryable: false })
    expect(messages).toEqual([])
    expect(told).toBeGreaterThan(0)
    expect(two.client.getSnapshot()).toMatchObject({
      queued: 0,
      connection: { status: 'failed', error: { code: 'signed_out' } },
    })
    expect(two.client.conversation('other').getSnapshot().error?.code).toBe('signed_out')
    expect([heard, errors]).toEqual([['signed_out'], ['signed_out']])
  })

  it('stops also if it shows no conversation', async () => {
    const { browser, clock, makeClient, network, open } = tabsOfOnePerson()
    const one = open()
    const tab = browser.openTab(network.transport)
    const two = makeClient({ tabs: tab.tabs, page: tab.page, transport: tab.transport })
    two.connect()
    await clock.advance(100)
    await one.client.signOut()
    await clock.advance(100)
    expect(two.getSnapshot().connection.status).toBe('failed')
    const task = two.conversation('demo').sendMessage('Hello')
    await clock.advance(10_000)
    expect(await outcome(task.accepted)).toBe('signed_out')
    expect(network.sent('chat:send')).toEqual([])
  })

  it('hears of it also if the tab that signs out has done nothing but that', async () => {
    const { browser, clock, makeClient, network, open } = tabsOfOnePerson()
    const one = open()
    await clock.advance(100)
    const tab = browser.openTab(network.transport)
    await makeClient({ tabs: tab.tabs, page: tab.page, transport: tab.transport }).signOut()
    await clock.advance(100)
    expect(one.conversation.getSnapshot().error?.code).toBe('signed_out')
  })

  it('sends nothing when it is back, if it was put away meanwhile', async () => {
    const setup = await waiting()
    const { network, one, two, clock, storage, task } = setup
    two.tab.freeze()
    await clock.advance(1000)
    await one.client.signOut()
    await clock.advance(1000)
    two.tab.thaw()
    const late = two.conversation.sendMessage('new')
    await comeBack(setup)
    expect(network.sent('chat:send')).toEqual([])
    expect(await storedBy(storage, 'ann')).toEqual([])
    expect(await Promise.all([task, late].map(({ accepted }) => outcome(accepted)))).toEqual([
      'signed_out',
      'signed_out',
    ])
    expect(two.conversation.getSnapshot().error?.code).toBe('signed_out')
  })

  it('keeps nothing in storage that it was storing at that moment', async () => {
    const setup = await waiting()
    const { one, two, clock, storage } = setup
    const put = storage.put
    storage.put = async (intent) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 100))
      await put(intent)
    }
    two.conversation.sendMessage('being stored')
    await one.client.signOut()
    await comeBack(setup)
    expect(await storedBy(storage, 'ann')).toEqual([])
  })

  it('begins anew with connect(), as after its own sign-out', async () => {
    const { network, one, two, clock, responder } = await waiting()
    await one.client.signOut()
    await clock.advance(100)
    network.reachable = true
    two.client.connect()
    const conversation = two.client.conversation('demo')
    conversation.sendMessage('again')
    await clock.advance(20_000)
    expect(responder.asked).toEqual(['again'])
    expect(transcript(conversation.getSnapshot().messages)).toHaveLength(2)
    expect(conversation.getSnapshot().error).toBeNull()
  })
})

it('a sign-out does not end the session that the same tab begins at once', async () => {
  const { network, one, clock, responder } = await waiting()
  network.reachable = true
  void one.client.signOut()
  one.client.connect()
  const conversation = one.client.conversation('demo')
  conversation.sendMessage('again')
  await clock.advance(1000)
  one.tab.freeze()
  one.tab.thaw()
  await clock.advance(20_000)
  expect(responder.asked).toEqual(['again'])
  expect(conversation.getSnapshot().error).toBeNull()
})

it('a sign-out of another person ends nothing', async () => {
  const setup = await waiting()
  const { open, clock, responder } = setup
  const bob = open({ identity: 'bob' })
  await clock.advance(100)
  await bob.client.signOut()
  await clock.advance(100)
  await comeBack(setup)
  expect(responder.asked).toEqual(['waiting'])
})

describe('junk on the channel of the tabs', () => {
  it('claims no lock and reads the storage a few times at most, however much there is', async () => {
    const { browser, clock, open, network, storage } = tabsOfOnePerson()
    open()
    await clock.advance(100)
    const before = browser.claims
    let reads = 0
    const overview = storage.overview
    storage.overview = (owner) => {
      reads++
      return overview(owner)
    }
    const [own] = browser.channels
    const tell = browser
      .openTab(network.transport)
      .tabs.listen(own ?? '', new AbortController().signal, () => {})
    for (let n = 0; n < 5000; n++) tell(n % 2 ? 'stored' : ['stored', 'ann', `queue-${n}`, { n }])
    await clock.advance(1000)
    expect(browser.claims).toBe(before)
    expect(reads).toBeLessThan(10)
  })
})

it('a page removes the expired messages of another person, and keeps those that are not', async () => {
  const { clock, goOffline, network, open, storage } = tabsOfOnePerson()
  const day = 86_400_000
  const old = open({ identity: 'bob' })
  await clock.advance(100)
  goOffline()
  old.conversation.sendMessage('old')
  await clock.advance(1000)
  await old.client.close()
  network.reachable = true
  await clock.advance(day / 2)
  open()
  await clock.advance(1000)
  expect(await storedBy(storage, 'bob')).toHaveLength(1)
  await clock.advance(day)
  open()
  await clock.advance(1000)
  expect(await storedBy(storage, 'bob')).toEqual([])
})
