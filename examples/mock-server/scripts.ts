import type { SendInput, UnknownWirePart, WireMessage, WirePart } from '../../src/protocol/events.js'
import type { AnswerChunk } from './responder.js'
import { isChinese, type ScriptTexts, textsEn, textsZh } from './script-texts.js'

/** A whole text or part; texts are streamed word by word. */
export type ScriptLine = AnswerChunk

export interface ScriptRequest {
  readonly input: SendInput
  readonly history: readonly WireMessage[]
  /** The text of the newest user message. */
  readonly question: string
  readonly createId: () => string
}

type ToolPart = Extract<WirePart, { type: 'tool' }>
type Script = (texts: ScriptTexts, request: ScriptRequest) => ScriptLine[]

const text = (value: string): ScriptLine => ({ type: 'text', text: value })
const reasoning = (value: string): ScriptLine => ({ type: 'reasoning', text: value })
const part = (value: ToolPart): ScriptLine => ({ type: 'part', part: value })

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
  const call: ToolPart = {
    type: 'tool',
    tool_call_id: createId(),
    name: 'search_documents',
    state: 'running',
    input: { query: quote(question) },
  }
  return [
    text(texts.lookingUp),
    part(call),
    part({ ...call, state: 'output', output: { found: 3, best: texts.bestDocument } }),
    text(texts.lookedUp),
  ]
}

const askForApproval: Script = (texts, { createId }) => [
  text(texts.asksApproval),
  part({
    type: 'tool',
    tool_call_id: createId(),
    name: 'send_email',
    state: 'approval',
    input: { to: texts.recipient, subject: texts.subject },
  }),
]

const askTheApp: Script = (texts, { createId }) => [
  text(texts.asksLocation),
  part({ type: 'tool', tool_call_id: createId(), name: 'get_location', state: 'input', input: {} }),
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
  const { input, history, question } = request
  const texts = isChinese(question) ? textsZh : textsEn
  if (input.kind === 'tool') return afterTool(texts, input.tool_call_id, history)
  const script = scripts.find(([words]) => words.test(question))?.[1] ?? echo
  return script(texts, request)
}

function afterTool(texts: ScriptTexts, toolCallId: string, history: readonly WireMessage[]): ScriptLine[] {
  const call = history
    .flatMap(({ parts }) => parts)
    .find((candidate) => isTool(candidate) && candidate.tool_call_id === toolCallId)
  if (!call || !isTool(call) || call.state === 'denied' || call.state === 'error')
    return [text(texts.declined)]
  if (call.state !== 'running') return [text(texts.thanksFor(JSON.stringify(call.output)))]
  return [part({ ...call, state: 'output', output: { sent: true } }), text(texts.approved)]
}

const isTool = (candidate: WirePart | UnknownWirePart): candidate is ToolPart => candidate.type === 'tool'

const longestQuote = 80

/** Enough of the question to show that it was read, on one line. */
function quote(question: string): string {
  const line = question.replaceAll(/\s+/g, ' ')
  const characters = [...line]
  return characters.length > longestQuote ? `${characters.slice(0, longestQuote).join('')}…` : line
}
