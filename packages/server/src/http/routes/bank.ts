/** `/sandbox/bank` and `/sandbox/payments/{id}/…`: what the simulated bank does by itself, and what it shows. Sandbox only. */
import { uuidOf } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { SCOPES } from '@sluice/core/scopes'
import {
  BankAnswer,
  BankDecision,
  BankDispute,
  BankNews,
  BankPage,
  BankRefundResult,
  BankReply,
  BankReturn,
} from '@sluice/core/wire/bank'
import type { Static } from 'typebox'
import type { Context } from '../../context.ts'
import { askBank, bankOf } from '../../operations/bank.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { idParams } from './schemas.ts'

/** Any secret key: it is the merchant's own money at a bank of play money. */
const ACCESS = requires({ any: SCOPES })
const tags = ['Sandbox']
const PaymentParams = idParams('pay_…')

const HAPPENINGS = [
  ['notifications', 'notifyOfPayment', 'Have the bank tell that there is news of a payment', BankNews],
  ['decisions', 'decidePayment', 'Decide a payment that is paid outside the shop', BankDecision],
  ['returns', 'returnPayment', 'Have the bank send money back', BankReturn],
  ['disputes', 'disputePayment', 'Have a card holder dispute a payment', BankDispute],
  ['refund-results', 'endRefund', 'End a refund that takes its time', BankRefundResult],
] as const

export function bankRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/sandbox/bank',
      {
        config: { access: ACCESS, problems: ['processor_unreachable'] },
        schema: { operationId: 'getBank', tags, summary: 'Find the bank and its books', response: { 200: BankReply } },
      },
      (request) => bankOf(ctx, authenticatedCaller(request).entityKey),
    )

    app.get(
      '/sandbox/payments/:id/page',
      {
        config: { access: ACCESS, problems: ['processor_unreachable'] },
        schema: {
          operationId: 'getPaymentPage',
          tags,
          summary: 'Find the page of a payment at the bank',
          description:
            'Payments that are paid outside the shop have one, and those whose shopper was sent to the bank.',
          params: PaymentParams,
          response: { 200: BankPage },
        },
      },
      async (request) => {
        const path = `/control/payments/${paymentOf(request.params.id)}/page`
        return (await askBank(ctx, authenticatedCaller(request).entityKey, 'GET', path)) as Static<typeof BankPage>
      },
    )

    for (const [what, operationId, summary, body] of HAPPENINGS) {
      app.post(
        `/sandbox/payments/:id/${what}`,
        {
          attachValidation: true,
          config: { access: ACCESS, problems: ['processor_unreachable'] },
          schema: { operationId, tags, summary, params: PaymentParams, body, response: { 200: BankAnswer } },
        },
        async (request) => {
          const { value, problems } = readBody(request, body)
          if (problems.length > 0) throw new InvalidRequest(problems)
          const { id } = request.params
          const path = `/control/payments/${paymentOf(id)}/${what}`
          const { entityKey } = authenticatedCaller(request)
          return answerOf(await askBank(ctx, entityKey, 'POST', path, value))
        },
      )
    }
  }
}

function answerOf(told: Record<string, unknown>): BankAnswer {
  const listed = Object.keys(BankAnswer.properties).filter((name) => told[name] !== undefined)
  return Object.fromEntries(listed.map((name) => [name, told[name]])) as BankAnswer
}

function paymentOf(wire: string): string {
  if (uuidOf('payment', wire) === undefined) throw new Problem('resource_not_found')
  return wire
}
