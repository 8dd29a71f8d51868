import { attacks } from './kinds/index.js'
import { type AttackOrder, attackerOf } from './orders.js'

process.on('disconnect', () => process.exit())
process.on('message', ({ attack, url, ms }: AttackOrder) => {
  let until = performance.now() + ms
  const user = attackerOf(attack)
  const isOver = () => performance.now() >= until
  const begin = () => {
    until = performance.now() + ms
  }
  const run = attacks[attack]?.({ url, user, isOver, begin })
  run?.then(
    (report) => process.send?.(report),
    (error: Error) =>
      process.send?.({ tried: 'less than it should', wrong: [`the attack failed: ${error.message}`] }),
  )
})
process.send?.('ready')
