/** Calls of a running Sluice. */

// oxlint-disable-next-line typescript/no-explicit-any -- an answer is looked at by the test that asked for it
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  body: Json
}

/** A call that was answered otherwise than the kit needs. */
export class SluiceCallError extends Error {
  override name = 'SluiceCallError'
  readonly status: number
  readonly body: Json
  constructor(what: string, { status, body }: Answer) {
    super(`${what} was answered ${status}: ${JSON.stringify(body ?? '')}`)
    this.status = status
    this.body = body
  }
}

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

/** @param key secret key; without it nothing is sent in its place */
export function callsOf(url: string, key?: string): Call {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== ''
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : undefined }
  }
}

/** @throws SluiceCallError unless it is answered 2xx */
export async function expectOk(call: Call, method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await call(method, path, body)
  if (answer.status < 200 || answer.status > 299) throw new SluiceCallError(`${method} ${path}`, answer)
  return answer.body
}
