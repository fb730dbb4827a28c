/** What the shop sells. Prices in minor units of its one currency. */

export const CURRENCY = 'GBP'

/** Nobody needs more of one thing here, and no amount grows out of hand. */
const MOST_OF_ONE = 20

export interface Product {
  id: string
  name: string
  about: string
  price: number
}

export const PRODUCTS: readonly Product[] = [
  { id: 'mug', name: 'Harbour mug', about: 'Stoneware, glazed by hand, 300 ml', price: 1800 },
  { id: 'beans', name: 'Morning beans', about: 'Washed Ethiopian, medium roast, 250 g', price: 1100 },
  { id: 'kettle', name: 'Gooseneck kettle', about: 'Brushed steel, walnut handle, 0.9 l', price: 6200 },
  { id: 'dripper', name: 'Pour-over dripper', about: 'Porcelain, for one or two cups', price: 2450 },
  { id: 'towel', name: 'Linen tea towel', about: 'Woven in Donegal, softer with every wash', price: 950 },
  { id: 'vase', name: 'Sprig vase', about: 'For whatever the hedge has to offer', price: 1400 },
]

/** Quantity of each product, in the order in which they were first put in. */
export type Basket = Map<string, number>

export interface Line {
  product: Product
  quantity: number
  /** Minor units. */
  total: number
}

export function linesOf(basket: Basket): Line[] {
  return [...basket].flatMap(([id, quantity]) => {
    const product = PRODUCTS.find((one) => one.id === id)
    return product ? [{ product, quantity, total: product.price * quantity }] : []
  })
}

/** Minor units. */
export function amountOf(basket: Basket): number {
  return linesOf(basket).reduce((sum, line) => sum + line.total, 0)
}

export function countOf(basket: Basket): number {
  return linesOf(basket).reduce((sum, line) => sum + line.quantity, 0)
}

/** Sets how many of a product are in the basket; none takes it out. What makes no sense changes nothing. */
export function setQuantity(basket: Basket, id: unknown, quantity: number): void {
  const product = PRODUCTS.find((one) => one.id === id)
  if (!product || !Number.isSafeInteger(quantity)) return
  if (quantity < 1) basket.delete(product.id)
  else basket.set(product.id, Math.min(quantity, MOST_OF_ONE))
}

/** `1234` as `£12.34`. */
export function money(minorUnits: number): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency: CURRENCY }).format(minorUnits / 100)
}
