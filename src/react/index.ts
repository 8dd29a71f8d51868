// In frameworks with server components, a page can import the hooks without a directive of its own.
'use client'

export { type ChatActions, useChatActions } from './chat-actions.js'
export { ChatProvider, type ChatProviderProps, useChatClient } from './chat-provider.js'
export { type UseChatOptions, type UseChatResult, useChat } from './use-chat.js'
export { useConnection } from './use-connection.js'
export { useConversation, useMessage } from './use-conversation.js'
