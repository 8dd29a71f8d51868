/**
 * To be run in a page: whether a page that is loaded anew would find the text. What is sent is shown first, and stored a moment
 * later.
 */
export const isStored = async (text: string): Promise<boolean> => {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name))
    try {
      for (const store of database.objectStoreNames) {
        const records = await done(database.transaction(store).objectStore(store).getAll())
        if (JSON.stringify(records).includes(JSON.stringify(text))) return true
      }
    } finally {
      database.close()
    }
  }
  return false
}
