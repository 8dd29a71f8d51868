import { type Contender, counts } from './contender.js'
import { nextFrame } from './when-shown.js'

/** No library at all: the text of one node is set once a frame. */
export const domFloor: Contender = {
  async start({ container, history }) {
    const list = document.createElement('div')
    const add = (role: string, text: string) => {
      const row = document.createElement('div')
      row.dataset.role = role
      const paragraph = row.appendChild(document.createElement('p'))
      const node = paragraph.appendChild(document.createTextNode(text))
      list.append(row)
      return node
    }
    for (const { role, text } of history) add(role, text)
    const answer = add('assistant', '')
    container.append(list)
    let text = ''
    let isPending = false
    const flush = () => {
      isPending = false
      counts.commits++
      answer.data = text
    }
    return {
      push(conversation, delta) {
        if (conversation > 0) return
        text += delta
        if (isPending) return
        isPending = true
        nextFrame(flush)
      },
      close: () => list.remove(),
    }
  },
}
