/** The texts of the scripted responder, in one language. */
export interface ScriptTexts {
  readonly echo: (question: string) => string
  readonly thoughts: string
  readonly concluded: (question: string) => string
  readonly markdown: (question: string) => string
  readonly longIntro: (question: string) => string
  readonly longParagraph: (number: number) => string
  readonly lookingUp: string
  readonly bestDocument: string
  readonly lookedUp: string
  readonly asksApproval: string
  readonly recipient: string
  readonly subject: string
  readonly approved: string
  readonly declined: string
  readonly asksLocation: string
  readonly thanksFor: (output: string) => string
}

/** Whether there is a Chinese character in it. */
export const isChinese = (text: string) => /\p{Script=Han}/u.test(text)

export const textsEn: ScriptTexts = {
  echo: (question) =>
    `You wrote: “${question}”. I am a scripted stand-in for a model, so I can only repeat it, one word at a time. ` +
    'Break the connection while I speak: the sentence goes on where it stopped.',
  thoughts:
    'The question can be read in two ways. Whoever asks wants to know what happens when things fail, so I weigh that first. ',
  concluded: (question) =>
    `About “${question}”: the short answer is that order comes from the log, never from clocks.`,
  markdown: (question) => `## About “${question}”

An answer may hold **bold**, *emphasis* and \`code\`:

- a list keeps its items,
- in the order in which they came.

\`\`\`ts
const task = conversation.sendMessage('Hello')
await task.finished
\`\`\`

| what fails | what you see |
| --- | --- |
| the network | the answer goes on |
| the server | a retry, and then the answer |

More in the [Socket.IO documentation](https://socket.io/docs/v4/).
`,
  longIntro: (question) => `A long answer about “${question}”, in twelve paragraphs.\n\n`,
  longParagraph: (number) =>
    `${number}. Each word of this paragraph is an event in a log, with an offset of its own. A reader who was away asks ` +
    'for what comes after the last offset that it has, and gets exactly that.\n\n',
  lookingUp: 'Let me look that up. ',
  bestDocument: 'How a reader resumes',
  lookedUp: 'I found three documents. The best one is “How a reader resumes”.',
  asksApproval: 'I can send that e-mail. Do you approve? ',
  recipient: 'the team',
  subject: 'Notes of today',
  approved: 'Thank you. The e-mail is sent.',
  declined: 'All right, I leave it.',
  asksLocation: 'For that I need to know where you are. ',
  thanksFor: (output) => `Thank you. With ${output} I can go on.`,
}

export const textsZh: ScriptTexts = {
  echo: (question) =>
    `您写道：“${question}”。我只是按脚本回答的演示模型，一次说一个字。在我说话时断开连接试试：句子会从中断的地方继续。`,
  thoughts: '这个问题有两种理解。提问的人想知道出错时会发生什么，所以我先考虑这一点。',
  concluded: (question) => `关于“${question}”：简单地说，顺序来自日志，而不是时钟。`,
  markdown: (question) => `## 关于“${question}”

回答里可以有**粗体**、*强调*和\`代码\`：

- 列表保持每一项，
- 也保持原来的顺序。

\`\`\`ts
const task = conversation.sendMessage('你好')
await task.finished
\`\`\`

| 什么出错 | 您会看到什么 |
| --- | --- |
| 网络 | 回答继续 |
| 服务器 | 先重试，再回答 |

更多内容见 [Socket.IO 文档](https://socket.io/docs/v4/)。
`,
  longIntro: (question) => `下面用十二段详细回答“${question}”。\n\n`,
  longParagraph: (number) =>
    `${number}. 这一段的每个字都是日志里的一个事件，有自己的位置。离开过的读者只要说出最后看到的位置，就能准确地得到后面的内容。\n\n`,
  lookingUp: '我来查一下。',
  bestDocument: '读者如何继续',
  lookedUp: '找到了三份文档，最合适的是《读者如何继续》。',
  asksApproval: '我可以发送这封邮件，您批准吗？',
  recipient: '团队',
  subject: '今天的记录',
  approved: '谢谢，邮件已经发送。',
  declined: '好的，那就不做了。',
  asksLocation: '这需要知道您在哪里。',
  thanksFor: (output) => `谢谢，有了 ${output} 我就可以继续了。`,
}
