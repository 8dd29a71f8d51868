/**
 * To be run in a page: closes the page's databases at their next use without an event, as iOS does while an app sleeps. Databases
 * that are opened later work.
 */
export const loseDatabase = (): void => {
  const opened = new WeakSet<IDBDatabase>()
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function (...args) {
    const request = open.apply(this, args)
    request.addEventListener('success', () => opened.add(request.result))
    return request
  }
  const { transaction } = IDBDatabase.prototype
  IDBDatabase.prototype.transaction = function (...args) {
    if (!opened.has(this)) this.close()
    return transaction.apply(this, args)
  }
}
