/** `Promise.try`, which browsers of before 2025 lack: a function of the app's own may throw instead of rejecting. */
export const attempt = <T>(work: () => T | Promise<T>): Promise<T> =>
  new Promise((resolve) => resolve(work()))
