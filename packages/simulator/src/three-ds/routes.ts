/** The doors of 3-D Secure: the directory server for 3DS Servers, and the issuer's pages for shoppers' browsers. */
import { createHash } from 'node:crypto'
import { erroFor, readMessage, simulatorWishes, wrongMembers } from '@sluice/core/three-ds/check'
import { base64UrlOfJson, jsonOfBase64Url } from '@sluice/core/three-ds/encoding'
import { type CRes, type Erro, MethodData, SIMULATOR_EXTENSION } from '@sluice/core/three-ds/messages'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Simulator } from '../app.ts'
import { timeNamedBy } from '../merchant-time.ts'
import { gonePage } from '../pages/shopper.ts'
import { parseSwitches } from '@sluice/core/switches'
import { isOfSluice } from './addresses.ts'
import {
  answerChallenge,
  answerDecoupled,
  type ChallengeAnswer,
  openChallenge,
  reportWhatWaits,
  settleChallenge,
} from './challenge.ts'
import { askDirectory } from './directory.ts'
import { AUTO_SUBMIT, challengePage, hangingPage, leavingPage } from './pages.ts'
import type { Authentication } from './store.ts'
import { threeDsSwitch } from './switches.ts'

/**
 * As for the bank's other pages; and one script, by its hash: it sends a form that has nothing to be filled in. What the
 * page is framed by is the 3DS Server's business.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  `script-src 'sha256-${createHash('sha256').update(AUTO_SUBMIT).digest('base64')}'`,
].join('; ')

/** `threeDSSessionData` of the specification. */
const LONGEST_SESSION_DATA = 1024

export function threeDsRoutes(app: FastifyInstance, bank: Simulator) {
  app.addHook('onListen', () => {
    reportWhatWaits(bank).catch((cause: Error) => {
      bank.log.warn({ err: { message: cause.message } }, 'results were not told')
    })
  })

  app.post('/3ds/ds', async (request, reply) => {
    const at = timeNamedBy(request)
    if (at === undefined) {
      return erroFor('D', { code: '201', detail: 'Sluice-Time' }, request.body)
    }
    const answer = await askDirectory(bank, request.body, at)
    if (answer === 'cut') {
      reply.hijack()
      reply.raw.destroy()
      return reply
    }
    if (answer.messageType === 'ARes' && answer.transStatus === 'D') await answerDecoupled(bank, answer.acsTransID)
    return answer
  })

  app.post('/3ds/acs/method', (request, reply) => {
    const form = formOf(request)
    const data = jsonOfBase64Url(form['threeDSMethodData'] ?? '') as MethodData | null | undefined
    const wrong = wrongMembers(MethodData, data)
    if (typeof data !== 'object' || data === null || wrong.missing.length > 0 || wrong.malformed.length > 0)
      return gone(request, reply)
    const back = data.threeDSMethodNotificationURL
    if (back !== undefined && !isOfSluice(back, bank.origins)) return gone(request, reply)
    const parsed = parseSwitches(simulatorWishes(data, SIMULATOR_EXTENSION).switches)
    const hangs = 'switches' in parsed && threeDsSwitch(parsed.switches, 'method') === 'hang'
    if (hangs || back === undefined) return page(reply, hangingPage())
    const told = base64UrlOfJson({ threeDSServerTransID: data.threeDSServerTransID })
    return page(reply, leavingPage(undefined, back, { threeDSMethodData: told }))
  })

  app.post('/3ds/acs/challenge', async (request, reply) => {
    const form = formOf(request)
    const sessionData = form['threeDSSessionData']
    const body = jsonOfBase64Url(form['creq'] ?? '')
    const read = readMessage('CReq', body, [SIMULATOR_EXTENSION])
    const known = await authenticationOf(bank, body)
    if (!known) return gone(request, reply)
    const problem =
      'problem' in read
        ? read.problem
        : read.message.threeDSServerTransID.toLowerCase() !== known.server_trans_id ||
            read.message.messageVersion !== known.version
          ? ({ code: '301', detail: 'threeDSServerTransID,acsTransID,messageVersion' } as const)
          : undefined
    if (problem) return leave(reply, known, erroFor('A', problem, body), sessionData)
    if (sessionData !== undefined && sessionData.length > LONGEST_SESSION_DATA) {
      return leave(reply, known, erroFor('A', { code: '203', detail: 'threeDSSessionData' }, body), undefined)
    }
    const size = 'message' in read ? read.message.challengeWindowSize : '05'
    await openChallenge(bank, known, size, sessionData)
    return reply.redirect(`/3ds/acs/challenge/${known.page_token}`, 303)
  })

  const params = { type: 'object', properties: { token: { type: 'string', pattern: '^[\\w-]{22}$' } } }
  const options = { schema: { params }, attachValidation: true }

  app.get('/3ds/acs/challenge/:token', options, async (request, reply) => {
    const known = await challengeOf(bank, request)
    if (!known) return gone(request, reply)
    const wrong = (request.query as { wrong?: unknown }).wrong !== undefined
    return show(reply, await settleChallenge(bank, known), wrong)
  })

  app.post('/3ds/acs/challenge/:token', options, async (request, reply) => {
    const known = await challengeOf(bank, request)
    if (!known) return gone(request, reply)
    const { authentication, wrong } = await answerChallenge(bank, known, answerOf(formOf(request)))
    if (authentication.state !== 'challenged') return show(reply, authentication)
    // By a redirect, so that reloading the page does not answer again.
    return reply.redirect(`/3ds/acs/challenge/${known.page_token}${wrong ? '?wrong' : ''}`, 303)
  })
}

/** The challenge as it stands: its question, or the way back. */
function show(reply: FastifyReply, authentication: Authentication, wrong = false): FastifyReply {
  if (authentication.state === 'challenged') return page(reply, challengePage(authentication, wrong))
  const { ares, version, acs_trans_id, status } = authentication
  const cres: CRes = {
    messageType: 'CRes',
    messageVersion: version,
    threeDSServerTransID: ares.threeDSServerTransID,
    acsTransID: acs_trans_id,
    transStatus: status,
  }
  return leave(reply, authentication, cres, authentication.session_data ?? undefined)
}

function leave(
  reply: FastifyReply,
  { notification_url, locale }: Authentication,
  message: CRes | Erro,
  sessionData: string | undefined,
): FastifyReply {
  const members: Record<string, string> = { cres: base64UrlOfJson(message) }
  if (sessionData !== undefined) members['threeDSSessionData'] = sessionData
  return page(reply, leavingPage(locale ?? undefined, notification_url, members))
}

function answerOf(form: Record<string, string>): ChallengeAnswer {
  if (form['action'] === 'cancel') return { kind: 'cancel' }
  if (form['action'] === 'auto') return { kind: 'auto' }
  return { kind: 'answer', text: form['password'] ?? form['code'] ?? '', approved: form['action'] === 'approved' }
}

async function challengeOf(bank: Simulator, request: FastifyRequest): Promise<Authentication | undefined> {
  if (request.validationError) return undefined
  const known = await bank.authentications.byPage((request.params as { token: string }).token)
  return known?.ares.transStatus === 'C' ? known : undefined
}

async function authenticationOf(bank: Simulator, body: unknown): Promise<Authentication | undefined> {
  const id = (body as { acsTransID?: unknown } | null | undefined)?.acsTransID
  if (typeof id !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return undefined
  const known = await bank.authentications.byAcsTransId(id)
  return known?.ares.transStatus === 'C' ? known : undefined
}

function page(reply: FastifyReply, html: string): FastifyReply {
  return reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(html)
}

function gone(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const locale = request.headers['accept-language']?.split(/[,;]/)[0]
  return reply.code(404).type('text/html; charset=utf-8').send(gonePage(locale))
}

function formOf(request: FastifyRequest): Record<string, string> {
  const { body } = request
  return typeof body === 'object' && body !== null ? (body as Record<string, string>) : {}
}
