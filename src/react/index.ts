export { ChatProvider, type ChatProviderProps, useChatClient } from './chat-provider.js'
export { type UseChatOptions, type UseChatResult, useChat } from './use-chat.js'
export {
  type ChatActions,
  useChatActions,
  useConnection,
  useConversation,
  useMessage,
} from './use-conversation.js'
