import { aiSdk } from './ai-sdk.js'

export const contender = aiSdk(50)
