/** Writes docs/reference/errors.md from the catalogue and the schemas: `node scripts/errors-reference.ts`. */
import { writeFileSync } from 'node:fs'
import { PAYMENT_METHODS } from '@sluice/core/payment-methods'
import { DETAIL_PROBLEMS, PROBLEMS, TOKEN_PROBLEMS, WORKFLOW_PROBLEMS } from '@sluice/core/problems'
import { isMap, judgesNames, type JsonSchema, memberCode, possibleCodes } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { CaptureBody, IncrementBody, ReferenceBody, RefundBody, VoidBody } from '@sluice/core/wire/operations'
import { SearchPaymentsBody } from '@sluice/core/wire/payment-lists'
import { ScenarioRequest } from '@sluice/core/wire/scenarios'
import { RULE_CODES } from '@sluice/core/wire/rules'
import { CompleteSessionBody, SubmitSessionBody } from '@sluice/core/wire/submit'
import { UpdateSessionBody } from '@sluice/core/wire/update'
import { TokenExtras } from '@sluice/core/wire/tokens'
import {
  ActionBody,
  ConditionBody,
  CreateWorkflowBody,
  ReflowBody,
  TestWorkflowBody,
  UpdateWorkflowBody,
} from '@sluice/core/wire/workflows'
import { ClockRequest } from '@sluice/server/http/routes/clock'
import { HoldRequest } from '@sluice/server/http/routes/holds'
import { WorldRequest } from '@sluice/server/http/routes/worlds'

export const PAGE = new URL('../docs/reference/errors.md', import.meta.url)

type Schema = Parameters<typeof possibleCodes>[0]

/** Bodies by the word the page has for them. */
const BODIES: Record<string, Schema> = {
  create: CreateSessionBody,
  complete: CompleteSessionBody,
  submit: SubmitSessionBody,
  update: UpdateSessionBody,
  capture: CaptureBody,
  refund: RefundBody,
  void: VoidBody,
  increment: IncrementBody,
  'reversal, cancellation': ReferenceBody,
  tokens: TokenExtras,
  worlds: WorldRequest,
  workflows: CreateWorkflowBody,
  'workflow change': UpdateWorkflowBody,
  condition: ConditionBody,
  action: ActionBody,
  'workflow test': TestWorkflowBody,
  reflow: ReflowBody,
  clock: ClockRequest,
  holds: HoldRequest,
  scenarios: ScenarioRequest,
  'payment search': SearchPaymentsBody,
}

/** What the codes of rules mean that join several members. */
const RULES: Record<string, string> = {
  amount_allocations_sum_invalid: 'The allocations do not add up to the amount: change one or the other.',
  customer_required: 'A method that was asked for by name serves known customers only: send `customer`.',
  processing_channel_id_required: 'The merchant has several processing channels: name one.',
  processing_os_type_required: '`processing.terminal_type` is `APP` or `WAP`: say which operating system.',
}

/** What a member is, on which bodies, and what else its code can stand for. */
interface Explained {
  /** More than one where paths are spelled alike: `billing.address` and `billing_address`. */
  members: Set<string>
  bodies: Set<string>
  means: string
}

export function errorsReference(): string {
  return `${[
    intro(),
    '## Codes with a meaning of their own',
    table(
      ['code', 'status', '`error_type`', 'what happened', 'what to do'],
      Object.entries(PROBLEMS).map(([code, { status, type, means, mend }]) => [
        quoted(code),
        String(status),
        quoted(type),
        means,
        mend,
      ]),
    ),
    '## What the shopper typed',
    'On submit and complete, from the sealed details that only the server reads, and on tokens. All are 422 `request_invalid`.',
    meanings(DETAIL_PROBLEMS),
    '## Tokens',
    'Of `POST /tokens`, beside what the shopper typed. All are 422 `request_invalid`.',
    meanings(TOKEN_PROBLEMS),
    '## Workflows and events',
    'Beside the members of their bodies. All are 422 `request_invalid`.',
    meanings(WORKFLOW_PROBLEMS),
    '## Members of a body',
    `All are 422 \`request_invalid\`. A code is the path of the member, joined by \`_\` (indexes dropped, \`3ds\` spelled
\`three_ds\`), and the problem: \`required\`, it is missing: send it; \`invalid\`, its value does not fit what stands
beside it: correct it; \`not_allowed\`, a browser may not send it, or an update may not change it: leave it out and let your
server set it when it makes the session.`,
    table(['code', 'member', 'bodies', 'what it is'], memberRows()),
    '## The token endpoint',
    'POST `/connect/token` answers 400 with `{"error": …}` and one word of RFC 6749.',
    table(['word', 'what happened'], TOKEN_WORDS),
  ].join('\n\n')}\n`
}

const TOKEN_WORDS = [
  ['`invalid_request`', '`grant_type` is missing, a parameter comes twice, or the body is not form-encoded.'],
  ['`unsupported_grant_type`', '`grant_type` is not `client_credentials`.'],
  ['`invalid_client`', 'Id or secret is missing or wrong, or the client is disabled.'],
  ['`invalid_scope`', 'A scope is unknown, or was not granted to the client.'],
]

function intro(): string {
  return `# Errors

Every code the API can answer. The page is written by \`node scripts/errors-reference.ts\` from
\`packages/core/src/problems.ts\` and the schemas; a test compares the two, both ways.

\`\`\`json
{
  "request_id": "5342217f-7fa2-4626-a6c9-c979a04671a6",
  "error_type": "request_invalid",
  "error_codes": ["amount_invalid", "billing_address_country_required"]
}
\`\`\`

\`error_codes\` lists all that is wrong with a body at once. \`request_id\` is the header \`Cko-Request-Id\` and finds the
request in the log. A 401 has no body: the key or token is missing, unknown, revoked, expired or of the wrong kind, and
\`WWW-Authenticate\` says which. A 502 has no body either. A 429 and a 503 carry \`Retry-After\` in seconds.`
}

function memberRows(): string[][] {
  const rows = new Map<string, Explained>()
  for (const [body, schema] of Object.entries(BODIES)) explainSchema(rows, body, schema)
  for (const [body, codes] of Object.entries(RULE_CODES)) {
    for (const code of codes) explainRule(rows, body === 'browserSubmit' ? 'submit' : body, code)
  }
  for (const method of PAYMENT_METHODS) {
    for (const path of method.needs.flat()) {
      const code = memberCode(path.split('.'), 'required')
      const means = 'The payment method chosen needs it.'
      for (const body of ['submit', 'complete']) explain(rows, code, body, { member: path, means })
    }
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { members, bodies, means }]) => [
      quoted(code),
      [...members].map(quoted).join(', '),
      [...bodies].join(', '),
      means,
    ])
}

function explain(
  rows: Map<string, Explained>,
  code: string,
  body: string,
  { member, means }: { member: string; means: string },
) {
  const known = rows.get(code)
  if (known) {
    known.bodies.add(body)
    known.members.add(member)
  } else rows.set(code, { members: new Set([member]), means, bodies: new Set([body]) })
}

function explainRule(rows: Map<string, Explained>, body: string, code: string) {
  const refused = /^(.+)_not_allowed$/.exec(code)?.[1]
  const name = refused === 'three_ds' ? '3ds' : refused
  if (name) return explain(rows, code, body, { member: name, means: notAllowed(code) })
  const member = code.replace(/_(?:required|sum_invalid)$/, '')
  explain(rows, code, body, { member, means: RULES[code] ?? 'The other members of the object make it necessary.' })
}

function notAllowed(code: string): string {
  const reasons: string[] = []
  if (RULE_CODES.browserSubmit.includes(code)) reasons.push('Sent by a browser, which may send `session_data` only.')
  if (RULE_CODES.update.includes(code))
    reasons.push('An update cannot change it: it is settled when the session is made.')
  return reasons.join(' ')
}

function explainSchema(rows: Map<string, Explained>, body: string, schema: Schema) {
  explain(rows, 'request_invalid', body, { member: '(body)', means: 'The body is not an object.' })
  visit(schema, [])

  function visit(inner: JsonSchema, path: readonly string[]) {
    if (inner.items) return visit(inner.items, path)
    if (isMap(inner)) {
      if (!judgesNames(inner)) return
      const means = 'The name of a value is not text, or is too long.'
      return explain(rows, memberCode([...path, 'key'], 'invalid'), body, { member: `${path.join('.')}.*`, means })
    }
    for (const [name, member] of Object.entries(inner.properties ?? {})) {
      const at = { member: [...path, name].join('.'), means: member.description ?? '' }
      if (inner.required?.includes(name)) explain(rows, memberCode([...path, name], 'required'), body, at)
      explain(rows, memberCode([...path, name], 'invalid'), body, at)
      visit(member, [...path, name])
    }
  }
}

/** Every code there is, from where the server takes it. */
export function everyCode(): Set<string> {
  return new Set([
    ...Object.keys(PROBLEMS),
    ...Object.keys(DETAIL_PROBLEMS),
    ...Object.keys(TOKEN_PROBLEMS),
    ...Object.keys(WORKFLOW_PROBLEMS),
    ...Object.values(BODIES).flatMap(possibleCodes),
    ...Object.values(RULE_CODES).flat(),
  ])
}

function meanings(catalogue: Readonly<Record<string, { means: string; mend: string }>>): string {
  return table(
    ['code', 'what happened', 'what to do'],
    Object.entries(catalogue).map(([code, { means, mend }]) => [quoted(code), means, mend]),
  )
}

function quoted(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

if (import.meta.main) writeFileSync(PAGE, errorsReference())
