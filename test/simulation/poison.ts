/** Stands in each message at which the server drops the connection. */
export const poison = 'poison'
