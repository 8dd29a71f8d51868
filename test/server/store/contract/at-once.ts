import type { ChatStore } from '../../../../src/server/store/index.js'
import type { StoreUnderTest } from './harness.js'

/** A store whose `append` is its `appendNow` if that answers, so that the contract's cases hold for both. */
export async function atOnce(open: () => Promise<StoreUnderTest>): Promise<StoreUnderTest> {
  const { nodes, ...rest } = await open()
  const [a, b] = nodes.map(withAppendNow) as [ChatStore, ChatStore]
  return { ...rest, nodes: [a, b] }
}

const withAppendNow = (store: ChatStore): ChatStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'append')
        return async (...args: Parameters<ChatStore['append']>) =>
          target.appendNow?.(...args) ?? target.append(...args)
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
