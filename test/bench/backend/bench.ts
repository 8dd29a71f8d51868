import type { Bench } from '../bench.js'

export const backendBench: Bench = async () => ({ title: '', about: '', tables: [], figures: [] })
