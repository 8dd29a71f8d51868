import type { AnswerChunk, ChatMessage, ChatPart, RespondRequest } from 'reconvene/server'
import { isChinese, type ScriptTexts, textsEn, textsZh } from './script-texts.js'

/** A whole text or part; texts are streamed word by word. */
export type ScriptLine = Exclude<AnswerChunk, string>

export interface ScriptRequest {
  readonly input: RespondRequest['input']
  readonly messages: readonly ChatMessage[]
  /** The text of the newest user message. */
  readonly question: string
  readonly createId: () => string
}

type ToolPart = Extract<ChatPart, { type: 'tool' }>
type ToolChunk = Extract<ScriptLine, { type: 'tool' }>
type Script = (texts: ScriptTexts, request: ScriptRequest) => ScriptLine[]

const text = (value: string): ScriptLine => ({ type: 'text', text: value })
const reasoning = (value: string): ScriptLine => ({ type: 'reasoning', text: value })

const echo: Script = (texts, { question }) => [text(texts.echo(quote(question)))]

const think: Script = (texts, { question }) => [
  reasoning(texts.thoughts),
  text(texts.concluded(quote(question))),
]

const markdown: Script = (texts, { question }) => [text(texts.markdown(quote(question)))]

const long: Script = (texts, { question }) => [
  text(texts.longIntro(quote(question))),
  ...Array.from({ length: 12 }, (_, index) => text(texts.longParagraph(index + 1))),
]

const lookUp: Script = (texts, { question, createId }) => {
  const call: ToolChunk = {
    type: 'tool',
    toolCallId: createId(),
    name: 'search_documents',
    state: 'running',
    input: { query: quote(question) },
  }
  return [
    text(texts.lookingUp),
    call,
    { ...call, state: 'output', output: { found: 3, best: texts.bestDocument } },
    text(texts.lookedUp),
  ]
}

const askForApproval: Script = (texts, { createId }) => [
  text(texts.asksApproval),
  {
    type: 'tool',
    toolCallId: createId(),
    name: 'send_email',
    state: 'approval',
    input: { to: texts.recipient, subject: texts.subject },
  },
]

const askTheApp: Script = (texts, { createId }) => [
  text(texts.asksLocation),
  { type: 'tool', toolCallId: createId(), name: 'get_location', state: 'input', input: {} },
]

// In this order: a message about "approving a tool" asks for approval.
const scripts: readonly (readonly [RegExp, Script])[] = [
  [/approv|批准|审批|确认/i, askForApproval],
  [/locat|位置/i, askTheApp],
  [/tool|search|工具|搜索|查/i, lookUp],
  [/markdown|table|code|表格|代码|格式/i, markdown],
  [/reason|think|why|推理|思考|为什么/i, think],
  [/long|story|详细|长/i, long],
]

/** The answer, chosen by the words of the question, in its language. */
export function scriptFor(request: ScriptRequest): ScriptLine[] {
  const { input, messages, question } = request
  const texts = isChinese(question) ? textsZh : textsEn
  if (input?.kind === 'tool') return afterTool(texts, input.tool_call_id, messages)
  const script = scripts.find(([words]) => words.test(question))?.[1] ?? echo
  return script(texts, request)
}

function afterTool(texts: ScriptTexts, toolCallId: string, messages: readonly ChatMessage[]): ScriptLine[] {
  const call = messages
    .flatMap(({ parts }) => parts)
    .find((part): part is ToolPart => part.type === 'tool' && part.toolCallId === toolCallId)
  if (!call || call.state === 'denied' || call.state === 'error') return [text(texts.declined)]
  if (call.state !== 'running') return [text(texts.thanksFor(JSON.stringify(call.output)))]
  return [{ type: 'tool', toolCallId, state: 'output', output: { sent: true } }, text(texts.approved)]
}

const maxQuote = 80

/** Enough of the question to show that it was read, on one line. */
function quote(question: string): string {
  const line = question.replaceAll(/\s+/g, ' ')
  const characters = [...line]
  return characters.length > maxQuote ? `${characters.slice(0, maxQuote).join('')}…` : line
}
