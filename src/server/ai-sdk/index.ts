export { type AiAnswer, aiSdk } from './ai-sdk.js'
export type { AiSdkOptions } from './options.js'
export {
  type ModelMessage,
  type ModelMessagesOptions,
  type ModelPart,
  toModelMessages,
} from './to-model-messages.js'
