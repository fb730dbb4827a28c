/** The simulator's statement, read as a person would: what the bank says it was told. */
import type { Json } from '../support/sluice.ts'

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** "What the merchant told us" of one payment, by the names the bank shows. */
export function toldOnStatement(page: string, paymentId: string): Json {
  const article = page.split('<article>').find((part) => part.includes(paymentId))
  const told = article?.split('What the merchant told us')[1]
  if (told === undefined) throw new Error(`${paymentId} is not on the statement`)
  const lines = told.matchAll(/<div><dt>(.*?)<\/dt><dd>(.*?)<\/dd><\/div>/gs)
  const members = Array.from(lines, ([, name = '', value = '']) => [name, valueOf(value)])
  const reference = /<p>[^<·]* · (.*?)<\/p>/.exec(article ?? '')?.[1]
  return { ...Object.fromEntries(members), ...(reference === undefined ? {} : { reference: plain(reference) }) }
}

function valueOf(html: string): Json {
  const json = /^<pre>(.*)<\/pre>$/s.exec(html)?.[1]
  return json === undefined ? plain(html) : JSON.parse(plain(json))
}

function plain(html: string): string {
  return html.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] as string)
}
