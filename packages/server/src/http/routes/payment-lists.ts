/** Payments, listed and searched by a merchant's server. */
import { InvalidRequest, Problem } from '@sluice/core/problems'
import {
  LONGEST_LIST,
  MOST_SKIPPED,
  PaymentListReply,
  SearchPaymentsBody,
  SearchPaymentsReply,
} from '@sluice/core/wire/payment-lists'
import { possibleCodes } from '@sluice/core/wire/codes'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { listPayments, searchPayments } from '../../operations/list-payments.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { paymentReply } from '../replies.ts'
import type { Routes } from '../types.ts'
import { readBody, SchemaMismatch } from '../validation.ts'

const LIST = requires({ any: ['gateway:payment-details', 'payment-sessions'] })
const SEARCH = requires('payments:search')
const tags = ['Payments']

const DEFAULT_LENGTH = 10
const WHOLE = /^(?:0|[1-9]\d{0,8})$/

const Page = Type.Object({
  limit: Type.Optional(Type.String({ description: `How many, 1 to ${LONGEST_LIST}. Default: ${DEFAULT_LENGTH}.` })),
  skip: Type.Optional(Type.String({ description: `How many later ones to leave out, at most ${MOST_SKIPPED}.` })),
  reference: Type.Optional(Type.String({ format: 'text', description: 'Only payments with this reference of yours.' })),
})
const Next = Type.Object({
  cursor: Type.Optional(Type.String({ description: 'From `_links.next` of the answer before, with the same body.' })),
})

export function paymentListRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/payments',
      {
        attachValidation: true,
        config: { access: LIST, problems: ['paging_limit_invalid'], bodyCodes: ['reference_invalid'] },
        schema: {
          operationId: 'getPayments',
          summary: 'List payments, latest first',
          description:
            'A payment that is made between two pages moves all others down by one. To page through payments while they are made, search.',
          tags,
          querystring: Page,
          response: { 200: PaymentListReply },
        },
      },
      async (request) => {
        refuseMismatch(request.validationError)
        const page = pageOf(request.query)
        const { payments, total } = await listPayments(ctx, authenticatedCaller(request), page)
        const data = payments.map((payment) => paymentReply(ctx, payment))
        return { limit: page.limit, skip: page.skip, total_count: total, data }
      },
    )

    app.post(
      '/payments/search',
      {
        attachValidation: true,
        config: {
          access: SEARCH,
          problems: ['cursor_invalid'],
          bodyCodes: possibleCodes(SearchPaymentsBody),
        },
        schema: {
          operationId: 'searchPayments',
          summary: 'Search payments, latest first',
          description:
            "By a query such as `status:'Captured' AND amount>=1000`. As long as there is a `_links.next`, there may be more: post the same body to it.",
          tags,
          querystring: Next,
          body: SearchPaymentsBody,
          response: { 200: SearchPaymentsReply },
        },
      },
      async (request) => {
        const { value, problems } = readBody(request, SearchPaymentsBody)
        const { cursor: place } = request.query
        const caller = authenticatedCaller(request)
        const { payments, cursor } = await searchPayments(ctx, caller, value, problems, place)
        const href = `${ctx.config.urls.api}/payments/search?cursor=${cursor}`
        return {
          data: payments.map((payment) => paymentReply(ctx, payment)),
          _links: cursor === undefined ? {} : { next: { href } },
        }
      },
    )
  }
}

/** A parameter that comes twice, or text that no payment can have. */
function refuseMismatch(error: unknown) {
  if (!(error instanceof SchemaMismatch)) return
  const codes = error.codes.map((code) => (code === 'reference_invalid' ? code : 'paging_limit_invalid'))
  throw new InvalidRequest([...new Set(codes)])
}

function pageOf(query: { limit?: string; skip?: string; reference?: string }) {
  const { limit = String(DEFAULT_LENGTH), skip = '0', reference } = query
  const fits = WHOLE.test(limit) && Number(limit) >= 1 && Number(limit) <= LONGEST_LIST
  if (!fits || !WHOLE.test(skip) || Number(skip) > MOST_SKIPPED) throw new Problem('paging_limit_invalid')
  return { limit: Number(limit), skip: Number(skip), ...(reference !== undefined && { reference }) }
}
