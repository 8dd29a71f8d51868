import { drawSchedule } from './test/simulation/schedule.js'
import { simulate } from './test/simulation/simulate.js'
const from = Number(process.argv[2] ?? 1), n = Number(process.argv[3] ?? 200), trace = process.argv[4]
const kinds = new Map<string, number[]>(); const ex = new Map<string,string>()
const t = Date.now()
for (let seed = from; seed < from + n; seed++) {
  const s = drawSchedule(seed)
  const { violations, trace: lines } = await simulate(s, { isTraced: !!trace })
  if (trace) { console.log(JSON.stringify(s.terms)); console.log(lines.join('\n')) }
  for (const k of new Set(violations.map((v) => v.kind))) { kinds.set(k, [...(kinds.get(k) ?? []), seed]); }
  for (const v of violations) { if (!ex.has(v.kind)) ex.set(v.kind, v.text); if (trace) console.log(v.kind, '|', v.text) }
}
for (const [k, seeds] of kinds) console.log(seeds.length, k, seeds.slice(0, 8).join(' '), '|', ex.get(k)?.slice(0, 400))
console.log(n / ((Date.now() - t) / 60000), 'a minute')
