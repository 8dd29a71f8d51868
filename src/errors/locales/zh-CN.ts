import { en } from './en.js'

// In the order of the English texts, whose keys would cost every page some bytes more.
const texts = [
  // temporary
  '服务暂时不可用，请稍后重试',
  // auth
  '认证失败，请重新登录',
  // validation
  '输入有误，请检查后重试',
  // system
  '系统错误，我们正在修复',
  // unknown
  '出现了意外错误，请稍后重试',
  // failed
  '操作失败',
  // initializing
  '系统正在初始化，请稍后重试',
  // network
  '网络连接失败，请检查网络',
  // timeout
  '网络连接超时，请检查网络后重试',
  // rate_limited
  '请求过于频繁，请稍后重试',
  // overloaded
  '服务繁忙，请稍后重试',
  // interrupted
  '回答已中断，请重试',
  // token_expired
  '登录已过期，请重新登录',
  // unauthorized
  '尚未登录，请重新登录',
  // forbidden
  '没有访问权限，如有需要请联系客服',
  // invalid_message
  '消息有误，请检查后重试',
  // message_too_large
  '消息过大，请缩短后重试',
  // task_conflict
  '请求已发送且内容不同，请检查后重新发送',
  // unknown_conversation
  '会话不存在，如有需要请联系客服',
  // unknown_message
  '消息不存在，请刷新页面后重试',
  // unknown_task
  '请求不存在，请重新发送',
  // unsupported_protocol
  '页面已过期，请刷新页面后重试',
  // internal
  '系统错误，如持续出现请联系客服',
  // cancelled
  '已取消，如有需要请重新发送',
  // closed
  '会话已关闭，请重新打开后重试',
  // queue_full
  '等待发送的消息过多，请稍后重试',
  // maybe_sent
  '这条消息可能已经发送，请确认后再决定是否重新发送',
  // signed_out
  '您已退出登录，请重新登录',
  // expired
  '消息等待过久未能发送，请重新发送',
  // storage_unavailable
  '浏览器无法保存，请清理空间后重试',
]

/** The Chinese texts, by the same keys as the English ones. */
export const zhCN = Object.fromEntries(Object.keys(en).map((key, index) => [key, texts[index]])) as Record<
  keyof typeof en,
  string
>
