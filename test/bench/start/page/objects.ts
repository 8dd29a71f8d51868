import { ChatClient } from 'reconvene'

const url = 'http://server.test'
// Nothing is connected to: what is measured is the making.
const transport = () => ({ open() {}, close() {}, emit() {} })

export function makeClients(times: number): number {
  const begin = performance.now()
  const clients = Array.from({ length: times }, () => new ChatClient({ url, transport }))
  const took = performance.now() - begin
  for (const client of clients) void client.close()
  return (took * 1000) / times
}

// Kept, as an app keeps its one client.
const client = new ChatClient({ url, transport, gcTime: 0 })

export async function openConversations(times: number): Promise<number> {
  const begin = performance.now()
  for (let index = 0; index < times; index++) {
    const leave = client.conversation(`conversation-${index}`).subscribe(() => {})
    client.conversation(`conversation-${index}`).getSnapshot()
    leave()
  }
  const took = performance.now() - begin
  // The client lets go of them a moment later.
  await new Promise((resolve) => setTimeout(resolve, 100))
  return (took * 1000) / times
}
