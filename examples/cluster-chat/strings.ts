import type { Language } from '../shared/language.js'

const en = {
  title: 'Three servers, one Redis',
  hint: 'Each button strikes in the middle of an answer. If none is being written, it asks for one first.',
  kill: 'Kill the node that answers',
  pause: 'Pause it past its lease',
  redis: 'Restart Redis',
  node: (name: string) => `Node ${name}`,
  states: { starting: 'starts', up: 'runs', paused: 'paused', down: 'down' },
  redisStates: { up: 'runs', down: 'restarts' },
  answers: 'writes the answer',
  unknown: 'The page has lost sight of the servers. It looks again.',
  asking: 'Asking for a long answer first',
  struck: { kill: 'Node killed', pause: 'Node paused', redis: 'Redis restarted' },
  refused: 'That was not possible just now',
  interrupted: (seconds: string) => `cut off and said so after ${seconds} s`,
  whole: (seconds: string) => `whole after ${seconds} s`,
  failed: 'the answer ended without its end',
  waiting: 'waiting',
  question: 'Write a long answer about rivers',
  results: 'What it cost',
  show: 'Show servers and timeline',
  hide: 'Hide servers and timeline',
}

export type ClusterStrings = typeof en

const zh: ClusterStrings = {
  title: '三台服务器，一个 Redis',
  hint: '每个按钮都在回答进行到一半时动手。如果没有正在写的回答，会先提一个问题。',
  kill: '强制结束正在回答的节点',
  pause: '让它停顿到租约过期',
  redis: '重启 Redis',
  node: (name) => `节点 ${name}`,
  states: { starting: '正在启动', up: '运行中', paused: '已停顿', down: '已停止' },
  redisStates: { up: '运行中', down: '正在重启' },
  answers: '正在写回答',
  unknown: '页面暂时看不到服务器，正在重新查看。',
  asking: '先请它写一个长回答',
  struck: { kill: '节点已被结束', pause: '节点已停顿', redis: 'Redis 已重启' },
  refused: '现在无法这样做',
  interrupted: (seconds) => `${seconds} 秒后报告回答被中断`,
  whole: (seconds) => `${seconds} 秒后回答完整`,
  failed: '回答没有写完',
  waiting: '等待中',
  question: '写一个关于河流的长回答',
  results: '花了多少时间',
  show: '显示服务器和时间线',
  hide: '隐藏服务器和时间线',
}

export const clusterStrings: Readonly<Record<Language, ClusterStrings>> = { en, 'zh-CN': zh }
